import type { LoggedOut, Logout } from '../../operations/log-out.ts'
import type { Service } from '../../operations/service.ts'
import { makeSignOutConfirmation } from '../../operations/sign-out-confirmation.ts'
import { confirmSignOutPage } from '../pages/confirm-sign-out-page.ts'
import type { Page } from '../pages/layout.ts'
import { logoutUnavailablePage } from '../pages/logout-unavailable-page.ts'
import { refusedRedirectPage } from '../pages/refused-redirect-page.ts'

/** Where the forms of the logout pages go. */
const action = '/v1/logout'

/** Asks the person behind the cookie, and proves by the form that it was them who answered. */
export async function askingPage(
  service: Service,
  { clientId, cookieSecret }: Logout,
  { session, redirectTo }: Extract<LoggedOut, { outcome: 'ask' }>,
): Promise<Page> {
  // A question can be asked without the name. What a ticket has ended by now must not be told as a failure for its sake.
  const member = await service.storage.findMember(session.session.memberId).catch(() => undefined)
  return confirmSignOutPage({
    action,
    fields: {
      ...(cookieSecret === undefined ? {} : { confirmation: makeSignOutConfirmation(service, cookieSecret) }),
      ...redirectFields(clientId, redirectTo),
    },
    memberName: member?.email,
    ...(redirectTo === null
      ? {}
      : { continueHost: new URL(redirectTo).host, submitRedirectsTo: [new URL(redirectTo).origin] }),
  })
}

/** Says which rule the redirect broke, and offers to sign out without it. */
export function refusingPage(service: Service, request: Logout, problem: string): Page {
  const { cookieSecret, logoutTicket } = request
  const fields = {
    ...(cookieSecret === undefined ? {} : { confirmation: makeSignOutConfirmation(service, cookieSecret) }),
    ...(logoutTicket === null ? {} : { logoutTicket }),
  }
  return refusedRedirectPage({
    problem,
    given: request.postLogoutRedirectUri ?? request.clientId ?? '',
    signOut: Object.keys(fields).length === 0 ? { href: action } : { action, fields },
  })
}

/** Says that it did not work, or that nobody knows, and offers to try the same again. */
export function failingPage(request: Logout, method: 'post' | 'get', certain: boolean): Page {
  const { clientId, postLogoutRedirectUri, logoutTicket, confirmation } = request
  return logoutUnavailablePage({
    certain,
    retryAction: {
      action,
      method,
      fields: {
        ...redirectFields(clientId, postLogoutRedirectUri),
        ...(logoutTicket === null ? {} : { logoutTicket }),
        ...(confirmation === null ? {} : { confirmation }),
      },
    },
    submitRedirectsTo: postLogoutRedirectUri === null ? [] : [new URL(postLogoutRedirectUri).origin],
  })
}

function redirectFields(clientId: string | null, uri: string | null): Record<string, string> {
  return {
    ...(clientId === null ? {} : { clientId }),
    ...(uri === null ? {} : { postLogoutRedirectUri: uri }),
  }
}
