import type { Words } from './words.ts'

const minutesOf = (minutes: number) => (minutes === 1 ? 'a minute' : `${minutes} minutes`)
const charactersOf = (characters: number) => (characters === 1 ? '1 character' : `${characters} characters`)

export const english: Words = {
  code: 'en',
  page: {
    error: 'Error',
    continue: 'Continue',
    continueTo: (host) => `Continue to ${host}`,
    sentOn: 'Your browser was sent on to another address.',
    sentOnToApplication: 'Your browser was sent on to an application ({}). Go back to it to continue.',
  },
  fields: {
    email: 'E-mail address',
    password: 'Password',
    newPassword: 'New password',
    passwordLength: (characters) => `At least ${charactersOf(characters)}. A few words that you can remember are good.`,
    remember: 'Keep me signed in on this device',
    code: 'Code',
  },
  signIn: {
    title: 'Sign in',
    submit: 'Sign in',
    forgotten: 'Forgot your password?',
    newHere: 'New here?',
    toRegister: 'Create an account',
    done: { title: 'You are signed in', text: 'You may close this page and go back to where you came from.' },
  },
  register: {
    title: 'Create an account',
    note: 'You will be sent a mail with a code, which you enter on the next page.',
    submit: 'Create the account',
    haveAccount: 'Do you have an account already?',
    toSignIn: 'Sign in',
    closed: { title: 'Nobody can register here', text: 'This site does not accept new members.' },
  },
  forgotten: {
    title: 'Forgot your password?',
    note: 'Tell us your e-mail address. We send you a link by which you choose a new password.',
    submit: 'Send me a link',
    toSignIn: 'Back to signing in',
    sent: {
      title: 'Look into your mail',
      text: 'If the address is the one of an account here, a link is on its way to it. It is good for 20 minutes.',
    },
  },
  codeEntry: {
    title: 'Enter the code',
    sentTo: 'A mail is on its way to {}.',
    hint: 'Six digits. If you have an account with this address already, the mail says how to go on.',
    submit: 'Continue',
    another: 'Send another code',
    anotherSent: 'If one can still be sent, another code is on its way. If no mail comes, begin again.',
    toBegin: 'Begin again',
  },
  waiting: {
    title: 'Your registration waits for approval',
    text: 'The owner of this site looks at each registration. You will be told by mail, and can sign in from then on.',
  },
  newPassword: {
    title: 'Choose a new password',
    note: 'Every device that is signed in will be signed out.',
    submit: 'Set the password',
    set: {
      title: 'Your password is set',
      text: 'Every session from before has ended, on all devices.',
      next: 'Sign in with the new password.',
      nextOnceApproved: 'Your registration still has to be approved. Once it is, sign in with the new password.',
    },
    sendAgain: 'Send me a new link',
    problems: {
      unknown: {
        title: 'This link is not known',
        text: 'It may be incomplete, or too old. Open it once more from the mail, or ask for a new one where you sign in.',
      },
      expired: {
        title: 'This link is too old',
        text: 'It was good for a short while only, so that nobody can use it later.',
      },
      used: {
        title: 'This link was used already',
        text: 'A password was set with it. If that was you, sign in with it. If not, have a new link sent and set another one.',
      },
      void: {
        title: 'This link is no good any more',
        text: 'A newer one was sent, or the password or the e-mail address was changed since. Use the link in the newest mail.',
      },
      too_many_tries: { title: 'This link is no good any more', text: 'Have a new one sent.' },
      not_active: { title: 'This account cannot sign in', text: 'Ask the people behind the site.' },
    },
  },
  problems: {
    wrong_credentials:
      'The e-mail address or the password is not right. If you have not entered the code of your registration yet, register again.',
    no_email_address: 'This is not an e-mail address.',
    wrong_code:
      'This code is not right, or no good any more. Look into the newest mail, have another code sent, or begin again.',
    not_active: 'This account cannot sign in.',
    locked: 'Too many attempts failed. Set a new password to sign in again.',
    busy: 'There is too much to do here at the moment. Try again in a few seconds.',
    throttled: (minutes) => `There were too many attempts. Try again in ${minutesOf(minutes)}.`,
    password_length: (atLeast, atMost) => `The password must have from ${atLeast} to ${charactersOf(atMost)}.`,
    password_common: 'The password must not be one of the most common passwords, which are the first to be guessed.',
    password_context: 'The password must not be the name of this site, your e-mail address or your own name.',
    password_characters: 'The password has a character that cannot be used.',
  },
  confirmSignOut: {
    title: 'Do you want to sign out?',
    signedInAs: 'You are signed in as {}. Your session will end.',
    sessionWillEnd: 'Your session will end.',
    continueTo: 'After signing out you continue to {}.',
    submit: 'Sign out',
    stay: 'Stay signed in',
    close: {
      nothingChanged: 'To stay signed in, close this page. Nothing has changed.',
      asItWas: 'To stay signed in, close this page. Your session here is as it was.',
    },
    answerRefused: 'Your answer came too late, or not from this page. You are still signed in. Please answer again.',
    otherSessionEnded: 'The session that this link was made for has ended. This browser is signed in to another one.',
  },
  signedOut: {
    ended: {
      title: 'You are signed out',
      text: 'Your session has ended, and nothing of it is accepted here any more.',
    },
    already_ended: {
      title: 'You are signed out',
      text: 'Your session had ended before this request, so there was nothing left to end.',
    },
    nobody: {
      title: 'Nobody was signed in',
      text: 'Nobody was signed in here in this browser, so there was nothing to end.',
    },
    openApplications: 'An application that is still open may show you as signed in until it next checks.',
    notSentOn: 'You were not sent on to the address that was asked for:',
    link: {
      unknown:
        'The link that you followed is not known here, so it ended nothing. Sign out on the site again for a new one.',
      spent: 'The link that you followed was used before, and what it was made for ended then.',
      expired:
        'The link that you followed has expired, so it ended nothing. Sign out on the site again for a new one: each is good for ten minutes.',
    },
  },
  signOutRefused: {
    title: 'This sign-out link was refused',
    malformed: 'It is not put together as it must be.',
    address: {
      sentence: 'It asks to send you on to an address that is not allowed.',
      label: 'Address that was given',
    },
    client: {
      sentence: 'It names an application that is not known here.',
      label: 'Application that was named',
    },
    nothingChanged: 'Nothing was changed by it: no session has ended.',
    rule: 'Rule that was broken',
    withoutGoing: 'You can sign out without going there.',
    allTheSame: 'You can sign out all the same.',
    submit: 'Sign out',
  },
  signOutFailed: {
    certain: {
      title: 'You are NOT signed out',
      text: 'The service could not end your session. Nothing was changed: the session is as it was before.',
      shared: 'On a shared computer, please do not leave until this has worked.',
    },
    uncertain: {
      title: 'Your sign-out is not confirmed',
      text: 'The service could not find out whether your session has ended. Until it is confirmed, assume that you are still signed in.',
      safe: 'Trying again is safe: a session that has ended stays ended.',
    },
    retry: 'Try again',
    later: 'Please try again in a moment.',
  },
  error: {
    notFound: { title: 'There is nothing here' },
    refused: 'This request was refused',
    failed: { title: 'This did not work', text: 'Something went wrong here.' },
    unavailable: 'The database does not answer at the moment. Nothing was changed. Try again in a few seconds.',
    notConfirmed: 'The database did not confirm in time whether this was done. Repeat it to find out.',
    reference: 'Reference, in case you ask for help:',
  },
  refusedFlow: {
    unknown_client: { title: 'Invalid redirect URI', text: 'clientId names no client of this service.' },
    redirect_uri_missing: { title: 'Invalid redirect URI', text: 'redirectUri is missing.' },
    redirect_uri_not_allowed: {
      title: 'Invalid redirect URI',
      text: 'redirectUri is not among the allowed redirect URIs of the client. It must be the same, character for character.',
    },
    unknown_response_mode: {
      title: 'Unknown response mode',
      text: 'responseMode must be query, fragment or web_message.',
    },
    unknown_identity_provider: {
      title: 'Unknown identity provider',
      text: 'This service knows no other identity providers.',
    },
    post_flow_url_not_allowed: {
      title: 'This link is not good',
      text: 'postFlowUrl is not among the redirect addresses and domains of the client.',
    },
  },
}
