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
  readonly preferences?: Readonly<Record<string, unknown>> | null
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
