/** Why nobody is let into a flow: its parameters name no client, or an address that is not the client's, or nothing known. */
export type FlowProblem =
  | 'unknown_client'
  | 'redirect_uri_missing'
  | 'redirect_uri_not_allowed'
  | 'unknown_response_mode'
  | 'unknown_identity_provider'
  | 'post_flow_url_not_allowed'

/** A heading and what is said below it. */
export interface Said {
  readonly title: string
  readonly text: string
}

/** A sentence in which `{}` is where something is put that is not ours to say: a name, an address. */
export type Sentence = `${string}{}${string}`

/**
 * What the pages say in one language. A new text does not compile until every language has it.
 *
 * Plain text all of it: what comes from outside is put in as text and escaped with the rest. English is the measure: where a
 * sentence claims something about a session, a translation claims neither more nor less.
 */
export interface Words {
  /** Two letters (ISO 639-1). */
  readonly code: string
  readonly page: {
    /** Before the title in the browser's tab, where something went wrong. */
    readonly error: string
    readonly continue: string
    readonly continueTo: (host: string) => string
    readonly sentOn: string
    readonly sentOnToApplication: Sentence
  }
  readonly fields: {
    readonly email: string
    readonly password: string
    readonly newPassword: string
    readonly passwordLength: (characters: number) => string
    readonly remember: string
    readonly code: string
  }
  readonly signIn: {
    readonly title: string
    readonly submit: string
    readonly forgotten: string
    readonly newHere: string
    readonly toRegister: string
    readonly done: Said
  }
  readonly register: {
    readonly title: string
    /** That a mail is sent, whether or not the address is known. */
    readonly note: string
    readonly submit: string
    readonly haveAccount: string
    readonly toSignIn: string
    readonly closed: Said
  }
  readonly forgotten: {
    readonly title: string
    readonly note: string
    readonly submit: string
    readonly toSignIn: string
    readonly sent: Said
  }
  readonly codeEntry: {
    readonly title: string
    readonly sentTo: Sentence
    readonly hint: string
    readonly submit: string
    readonly another: string
    readonly anotherSent: string
    readonly toBegin: string
  }
  readonly waiting: Said
  readonly newPassword: {
    readonly title: string
    readonly note: string
    readonly submit: string
    readonly set: Said & { readonly next: string; readonly nextOnceApproved: string }
    readonly sendAgain: string
    readonly problems: {
      readonly [Problem in 'unknown' | 'expired' | 'used' | 'void' | 'too_many_tries' | 'not_active']: Said
    }
  }
  /** Why a form was not taken. */
  readonly problems: {
    readonly wrong_credentials: string
    readonly no_email_address: string
    readonly wrong_code: string
    readonly not_active: string
    readonly locked: string
    readonly busy: string
    readonly throttled: (minutes: number) => string
    readonly password_length: (atLeast: number, atMost: number) => string
    readonly password_common: string
    readonly password_context: string
    readonly password_characters: string
  }
  readonly confirmSignOut: {
    readonly title: string
    readonly signedInAs: Sentence
    readonly sessionWillEnd: string
    readonly continueTo: Sentence
    readonly submit: string
    readonly stay: string
    readonly close: { readonly nothingChanged: string; readonly asItWas: string }
    readonly answerRefused: string
    readonly otherSessionEnded: string
  }
  readonly signedOut: {
    readonly ended: Said
    readonly already_ended: Said
    readonly nobody: Said
    readonly openApplications: string
    readonly notSentOn: string
    readonly link: { readonly [Problem in 'unknown' | 'spent' | 'expired']: string }
  }
  readonly signOutRefused: {
    readonly title: string
    readonly malformed: string
    readonly address: { readonly sentence: string; readonly label: string }
    readonly client: { readonly sentence: string; readonly label: string }
    readonly nothingChanged: string
    readonly rule: string
    readonly withoutGoing: string
    readonly allTheSame: string
    readonly submit: string
  }
  readonly signOutFailed: {
    readonly certain: Said & { readonly shared: string }
    readonly uncertain: Said & { readonly safe: string }
    readonly retry: string
    readonly later: string
  }
  readonly error: {
    readonly notFound: Pick<Said, 'title'>
    readonly refused: string
    readonly failed: Said
    readonly unavailable: string
    readonly notConfirmed: string
    readonly reference: string
  }
  /** A flow that nobody can be sent on at the end of. */
  readonly refusedFlow: { readonly [Problem in FlowProblem]: Said }
}
