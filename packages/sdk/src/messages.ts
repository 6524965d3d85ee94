/** Made by `npm run sdk-messages` from the schemas of the server. Not to be changed by hand. */

export type RegisterRequest = {
  readonly loginId: {
    readonly email: string
  }
  readonly password?: string | null
  readonly profile?: {
    readonly firstName?: string | null
    readonly lastName?: string | null
    readonly nickname?: string | null
    readonly picture?: string | null
    readonly emails?: readonly string[] | null
    readonly phones?: readonly string[] | null
    readonly labels?: readonly string[] | null
    readonly language?: string | null
    readonly privacyStatus?: 'UNDEFINED' | 'PUBLIC' | 'PRIVATE' | null
    readonly customFields?:
      | readonly {
          readonly name: string
          readonly value: Readonly<Record<string, unknown>>
        }[]
      | Readonly<Record<string, unknown>>
      | null
    readonly secondaryEmails?:
      | readonly {
          readonly email: string
          readonly tag?: string | null
        }[]
      | null
    readonly phonesV2?:
      | readonly {
          readonly countryCode?: string | null
          readonly phone: string
          readonly tag?: string | null
        }[]
      | null
    readonly addresses?:
      | readonly {
          readonly address?: {
            readonly addressLine?: string | null
            readonly addressLine2?: string | null
            readonly formattedAddress?: string | null
            readonly city?: string | null
            readonly subdivision?: string | null
            readonly country?: string | null
            readonly postalCode?: string | null
            readonly countryFullname?: string | null
            readonly subdivisionFullname?: string | null
            readonly hint?: string | null
            readonly geocode?: {
              readonly latitude?: number | null
              readonly longitude?: number | null
            } | null
            readonly streetAddress?: {
              readonly name?: string | null
              readonly number?: string | null
              readonly apt?: string | null
            } | null
          } | null
          readonly tag?: string | null
        }[]
      | null
    readonly company?: string | null
    readonly position?: string | null
    readonly birthdate?: string | null
    readonly slug?: string | null
    readonly subscription?: boolean | null
    readonly vatId?: string | null
  } | null
  readonly captchaTokens?:
    | readonly {
        readonly Recaptcha?: string | null
        readonly InvisibleRecaptcha?: string | null
        readonly NoCaptcha?: string | null
        readonly recaptchaForClientSiteKey?: {
          readonly token?: string | null
          readonly siteKeyId?: string | null
        } | null
      }[]
    | null
  readonly clientMetaData?: Readonly<Record<string, unknown>> | null
}

export type LoginRequest = {
  readonly loginId?: {
    readonly email?: string | null
  } | null
  readonly password?: string | null
  readonly stateToken?: string | null
  readonly captchaTokens?:
    | readonly {
        readonly Recaptcha?: string | null
        readonly InvisibleRecaptcha?: string | null
        readonly NoCaptcha?: string | null
        readonly recaptchaForClientSiteKey?: {
          readonly token?: string | null
          readonly siteKeyId?: string | null
        } | null
      }[]
    | null
  readonly clientMetaData?: Readonly<Record<string, unknown>> | null
}

export type StateMachineResponse = {
  readonly state: 'SUCCESS' | 'REQUIRE_OWNER_APPROVAL' | 'REQUIRE_EMAIL_VERIFICATION'
  /** A one-time ticket for the session, with SUCCESS */
  readonly sessionToken?: string
  /** Goes with the code that was mailed, with REQUIRE_EMAIL_VERIFICATION */
  readonly stateToken?: string
  readonly identity: {
    readonly id: string
    readonly revision: string
    readonly createdDate: string
    readonly updatedDate: string
    readonly connections: readonly Readonly<Record<string, unknown>>[]
    readonly identityProfile: Readonly<Record<string, unknown>>
    readonly metadata: {
      readonly tags: readonly string[]
    }
    readonly email: {
      readonly address: string
      readonly isVerified: boolean
    }
    readonly status: {
      readonly name: string
      readonly reasons: readonly string[]
    }
    readonly factors: readonly Readonly<Record<string, unknown>>[]
  }
  readonly additionalData: Readonly<Record<string, unknown>>
}

export type ChangePasswordRequest = {
  readonly newPassword: string
}

export type ValidateEmailRequest = {
  readonly email: string
}

export type ValidateEmailResponse = {
  readonly valid: boolean
  readonly formatInvalid: boolean
  readonly failure?: {
    readonly reason: string
  }
}

export type SignOnRequest = {
  readonly loginId: {
    readonly email: string
  }
  readonly profile?: {
    readonly firstName?: string | null
    readonly lastName?: string | null
    readonly nickname?: string | null
    readonly picture?: string | null
    readonly emails?: readonly string[] | null
    readonly phones?: readonly string[] | null
    readonly labels?: readonly string[] | null
    readonly language?: string | null
    readonly privacyStatus?: 'UNDEFINED' | 'PUBLIC' | 'PRIVATE' | null
    readonly customFields?:
      | readonly {
          readonly name: string
          readonly value: Readonly<Record<string, unknown>>
        }[]
      | Readonly<Record<string, unknown>>
      | null
    readonly secondaryEmails?:
      | readonly {
          readonly email: string
          readonly tag?: string | null
        }[]
      | null
    readonly phonesV2?:
      | readonly {
          readonly countryCode?: string | null
          readonly phone: string
          readonly tag?: string | null
        }[]
      | null
    readonly addresses?:
      | readonly {
          readonly address?: {
            readonly addressLine?: string | null
            readonly addressLine2?: string | null
            readonly formattedAddress?: string | null
            readonly city?: string | null
            readonly subdivision?: string | null
            readonly country?: string | null
            readonly postalCode?: string | null
            readonly countryFullname?: string | null
            readonly subdivisionFullname?: string | null
            readonly hint?: string | null
            readonly geocode?: {
              readonly latitude?: number | null
              readonly longitude?: number | null
            } | null
            readonly streetAddress?: {
              readonly name?: string | null
              readonly number?: string | null
              readonly apt?: string | null
            } | null
          } | null
          readonly tag?: string | null
        }[]
      | null
    readonly company?: string | null
    readonly position?: string | null
    readonly birthdate?: string | null
    readonly slug?: string | null
    readonly subscription?: boolean | null
    readonly vatId?: string | null
  } | null
  readonly verifyEmail?: boolean | null
  readonly mergeExistingContact?: boolean | null
}

export type SignOnResponse = {
  /** A one-time ticket for the session */
  readonly sessionToken: string
  readonly identity: {
    readonly id: string
    readonly revision: string
    readonly createdDate: string
    readonly updatedDate: string
    readonly connections: readonly Readonly<Record<string, unknown>>[]
    readonly identityProfile: Readonly<Record<string, unknown>>
    readonly metadata: {
      readonly tags: readonly string[]
    }
    readonly email: {
      readonly address: string
      readonly isVerified: boolean
    }
    readonly status: {
      readonly name: string
      readonly reasons: readonly string[]
    }
    readonly factors: readonly Readonly<Record<string, unknown>>[]
  }
}

export type SendRecoveryEmailRequest = {
  readonly email: string
  readonly language?: string | null
  readonly redirect?: {
    readonly url?: string | null
    readonly clientId?: string | null
  } | null
}

export type SendActivationEmailRequest = {
  /** The id of a member, a GUID */
  readonly identityId: string
  readonly emailOptions?: {
    readonly language?: string | null
    readonly redirect?: {
      readonly url?: string | null
      readonly clientId?: string | null
    } | null
  } | null
}

export type RecoverRequest = {
  readonly recoveryToken: string
  readonly password?: string | null
}

export type StartVerificationRequest = {
  /** The id of a member, a GUID */
  readonly identityId: string
  readonly target?: 'EMAIL' | null
}

export type StartVerificationResponse = {
  readonly verificationId: string
}

export type VerifyRequest = {
  readonly code: string
  readonly stateToken: string
}

export type ResendRequest = {
  readonly stateToken: string
}

export type SignOnPolicyResponse = {
  readonly signOnPolicy: {
    readonly requireOwnerApproval: boolean
    readonly requireEmailVerification: boolean
  }
}

export type UpdateSignOnPolicyRequest = {
  readonly signOnPolicy: {
    readonly requireOwnerApproval?: boolean | null
    readonly requireEmailVerification?: boolean | null
  }
  readonly fieldMask?:
    | string
    | readonly string[]
    | {
        readonly paths: readonly string[]
      }
    | null
}

export type TokenRequest = {
  readonly clientId?: string | null
  readonly clientSecret?: string | null
  readonly grantType?: string | null
  readonly code?: string | null
  readonly codeVerifier?: string | null
  readonly redirectUri?: string | null
  readonly refreshToken?: string | null
  readonly instanceId?: string | null
  readonly accessToken?: string | null
  readonly memberId?: string | null
  readonly sessionToken?: string | null
  readonly body?: string | null
}

export type TokenResponse = {
  readonly access_token: string
  readonly token_type: 'Bearer'
  /** Seconds */
  readonly expires_in: number
  readonly refresh_token: string | null
  readonly scope?: string
}

export type TokenInfo = {
  readonly active: boolean
  readonly subjectType: 'UNKNOWN' | 'VISITOR' | 'MEMBER' | 'APP'
  readonly subjectId: string
  /** Seconds since the epoch */
  readonly exp?: string
  /** Seconds since the epoch */
  readonly iat?: string
  readonly clientId: string
  readonly siteId?: string
  readonly instanceId?: string
}

export type UserInfo = {
  readonly sub: string
  readonly givenName?: string
  readonly familyName?: string
  readonly email: string
  readonly emailVerified: boolean
  readonly picture?: string
  readonly language?: string
  readonly name?: string
}

export type KeySet = {
  readonly keys?: readonly Readonly<Record<string, unknown>>[]
}

export type CreateOAuthAppRequest = {
  readonly oAuthApp: {
    readonly name: string
    readonly description?: string | null
    readonly allowedRedirectUris?: readonly string[] | null
    readonly allowedRedirectDomains?: readonly string[] | null
    readonly allowedDomains?: readonly string[] | null
    readonly loginUrl?: string | null
    readonly logoutUrl?: string | null
    readonly applicationType?: 'OAUTH_APP_TYPE_UNSPECIFIED' | 'WEB_APP' | 'MOBILE' | 'OTHER' | null
    readonly technology?:
      | 'OAUTH_TECHNOLOGY_UNSPECIFIED'
      | 'JAVASCRIPT'
      | 'ANGULAR'
      | 'VUE'
      | 'REACT'
      | 'REACT_NATIVE'
      | 'IOS'
      | 'ANDROID'
      | 'OTHER_TECHNOLOGY'
      | null
    readonly wixPagesDomainsMappings?:
      | readonly {
          readonly origin?: string | null
          readonly destination?: string | null
        }[]
      | null
    readonly redirectUrlWixPages?: string | null
    readonly origin?: string | null
  }
}

export type OAuthAppResponse = {
  readonly oAuthApp: {
    readonly id: string
    readonly createdDate: string
    readonly name: string
    readonly description: string
    readonly allowedRedirectUris: readonly string[]
    readonly allowedRedirectDomains: readonly string[]
    readonly loginUrl?: string
    readonly logoutUrl?: string
    readonly applicationType: string
    readonly technology: string
    readonly wixPagesDomainsMappings: readonly {
      readonly origin: string
      readonly destination: string
    }[]
    readonly redirectUrlWixPages?: string
    readonly origin?: string
    /** Whether the app can still be given its secret */
    readonly allowSecretGeneration: boolean
  }
}

export type UpdateOAuthAppRequest = {
  readonly oAuthApp?: {
    readonly name?: string | null
    readonly description?: string | null
    readonly allowedRedirectUris?: readonly string[] | null
    readonly allowedRedirectDomains?: readonly string[] | null
    readonly allowedDomains?: readonly string[] | null
    readonly loginUrl?: string | null
    readonly logoutUrl?: string | null
    readonly applicationType?: 'OAUTH_APP_TYPE_UNSPECIFIED' | 'WEB_APP' | 'MOBILE' | 'OTHER' | null
    readonly technology?:
      | 'OAUTH_TECHNOLOGY_UNSPECIFIED'
      | 'JAVASCRIPT'
      | 'ANGULAR'
      | 'VUE'
      | 'REACT'
      | 'REACT_NATIVE'
      | 'IOS'
      | 'ANDROID'
      | 'OTHER_TECHNOLOGY'
      | null
    readonly wixPagesDomainsMappings?:
      | readonly {
          readonly origin?: string | null
          readonly destination?: string | null
        }[]
      | null
    readonly redirectUrlWixPages?: string | null
    readonly origin?: string | null
  } | null
  readonly mask?:
    | string
    | readonly string[]
    | {
        readonly paths?: readonly string[] | null
      }
    | null
}

export type QueryOAuthAppsRequest = {
  readonly query?: {
    readonly filter?: Readonly<Record<string, unknown>> | null
    readonly sort?:
      | readonly {
          /** `createdDate` or `name` */
          readonly fieldName: string
          readonly order?: 'ASC' | 'DESC' | null
        }[]
      | null
    readonly paging?: {
      readonly limit?: number | null
      readonly offset?: number | null
    } | null
    readonly cursorPaging?: {
      readonly limit?: number | null
      readonly cursor?: string | null
    } | null
  } | null
}

export type QueryOAuthAppsResponse = {
  readonly oAuthApps: readonly {
    readonly id: string
    readonly createdDate: string
    readonly name: string
    readonly description: string
    readonly allowedRedirectUris: readonly string[]
    readonly allowedRedirectDomains: readonly string[]
    readonly loginUrl?: string
    readonly logoutUrl?: string
    readonly applicationType: string
    readonly technology: string
    readonly wixPagesDomainsMappings: readonly {
      readonly origin: string
      readonly destination: string
    }[]
    readonly redirectUrlWixPages?: string
    readonly origin?: string
    /** Whether the app can still be given its secret */
    readonly allowSecretGeneration: boolean
  }[]
  readonly pagingMetadata: {
    readonly count: number
    readonly offset?: number
    readonly total?: number
    readonly tooManyToCount?: boolean
    readonly cursors?: {
      readonly next?: string
      readonly prev?: string
    }
  }
}

export type OAuthAppSecretResponse = {
  readonly oAuthAppSecret: string
}

export type RedirectSessionRequest = {
  readonly auth?: {
    readonly authRequest: {
      readonly clientId?: string | null
      readonly responseType?: string | null
      readonly redirectUri?: string | null
      readonly scope?: string | null
      readonly state?: string | null
      readonly responseMode?: string | null
      readonly codeChallenge?: string | null
      readonly codeChallengeMethod?: string | null
      readonly sessionToken?: string | null
      readonly nonce?: string | null
      readonly prompt?: string | null
      readonly idp?: string | null
    }
    readonly prompt?: string | null
  } | null
  readonly logout?: {
    readonly clientId?: string | null
  } | null
  readonly login?: Readonly<Record<string, unknown>> | null
  readonly bookingsCheckout?: Readonly<Record<string, unknown>> | null
  readonly ecomCheckout?: Readonly<Record<string, unknown>> | null
  readonly eventsCheckout?: Readonly<Record<string, unknown>> | null
  readonly paidPlansCheckout?: Readonly<Record<string, unknown>> | null
  readonly storesProduct?: Readonly<Record<string, unknown>> | null
  readonly bookingsBook?: Readonly<Record<string, unknown>> | null
  readonly ecomOrderPaymentRequest?: Readonly<Record<string, unknown>> | null
  readonly memberAccountPage?: Readonly<Record<string, unknown>> | null
  readonly callbacks?: {
    readonly postFlowUrl?: string | null
  } | null
  readonly preferences?: {
    readonly additionalQueryParameters?: {
      readonly lang?: string | null
    } | null
  } | null
  readonly origin?: string | null
}

export type RedirectSessionResponse = {
  readonly redirectSession: {
    readonly id: string
    readonly fullUrl: string
    readonly urlDetails: {
      readonly endpoint: string
      readonly searchParams: Readonly<Record<string, unknown>>
    }
    readonly sessionToken?: string
    readonly shortUrl: string
  }
}

export type CurrentSession = {
  readonly session: {
    readonly memberId: string
    readonly clientId?: string
    readonly createdDate: string
    readonly lastUsedDate: string
    readonly expiresDate: string
  }
}

/** A member as they are told to themselves and to their site. */
export type Identity = StateMachineResponse['identity']
