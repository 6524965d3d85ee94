import { parseWebUrl } from '../../domain/web-url.ts'
import type { AskFirst, Logout } from '../../operations/log-out.ts'
import type { Service } from '../../operations/service.ts'
import { makeSignOutConfirmation } from '../../operations/sign-out-confirmation.ts'
import { type ApplicationRefusal, ValidationRefusal } from '../../protocol/identity-errors.ts'
import type { Appearance } from '../pages/appearance.ts'
import { confirmSignOutPage } from '../pages/confirm-sign-out-page.ts'
import type { Page } from '../pages/layout.ts'
import { logoutUnavailablePage } from '../pages/logout-unavailable-page.ts'
import { refusedRedirectPage } from '../pages/refused-redirect-page.ts'
import type { Asked } from './asked.ts'

/** Where the forms of the logout pages go. */
export const action = '/v1/logout'

/** Asks the person behind the cookie, and proves by the form that it was them who answered. */
export async function askingPage(
  service: Service,
  appearance: Appearance,
  { cookieSecrets, logoutTicket }: Pick<Logout, 'cookieSecrets' | 'logoutTicket'>,
  { session, redirectTo, clientId, because, found }: AskFirst,
): Promise<Page> {
  // A question can be asked without the name. What a ticket has ended by now must not be told as a failure for its sake.
  const member = await service.storage.findMember(session.session.memberId).catch(() => undefined)
  return confirmSignOutPage(appearance, {
    action,
    fields: {
      confirmation: makeSignOutConfirmation(service, cookieSecrets),
      ...redirectFields(clientId, redirectTo),
      // Where nothing has ended yet, what else the request named ends with the answer.
      ...(because === 'confirmation' && logoutTicket !== null ? { logoutTicket } : {}),
    },
    memberName: member?.email,
    before: because === 'confirmation' ? 'answer_refused' : found === 'nobody' ? 'nothing' : 'other_session_ended',
    ...(redirectTo === null
      ? {}
      : { continueHost: new URL(redirectTo).host, submitRedirectsTo: [new URL(redirectTo).origin] }),
  })
}

/** Says which rule the request broke, and offers to sign out without a redirect. */
export function refusingPage(
  service: Service,
  appearance: Appearance,
  { clientId, postLogoutRedirectUri, logoutTicket }: Asked,
  cookieSecrets: readonly string[],
  refusal: ValidationRefusal | ApplicationRefusal,
): Page {
  const fields = {
    ...(cookieSecrets.length === 0 ? {} : { confirmation: makeSignOutConfirmation(service, cookieSecrets) }),
    ...(logoutTicket === null ? {} : { logoutTicket }),
  }
  const field = refusal instanceof ValidationRefusal ? refusal.violations[0]?.field : 'clientId'
  const given = { postLogoutRedirectUri, clientId }[field ?? '']
  return refusedRedirectPage(appearance, {
    problem: refusal.message,
    ...(given == null ? {} : { given: { what: field === 'clientId' ? 'client' : 'address', value: given } }),
    signOut: Object.keys(fields).length === 0 ? { href: action } : { action, fields },
  })
}

/** Says that it did not work, or that nobody knows, and offers to try the same again. */
export function failingPage(
  appearance: Appearance,
  asked: Asked,
  { method, certain }: { readonly method: 'post' | 'get'; readonly certain: boolean },
): Page {
  const { clientId, postLogoutRedirectUri, logoutTicket, redirectSession, confirmation } = asked
  // The database may have failed before the address was judged, so nothing is known of it yet.
  const target = postLogoutRedirectUri === null ? undefined : parseWebUrl(postLogoutRedirectUri)
  return logoutUnavailablePage(appearance, {
    certain,
    retryAction: {
      action,
      method,
      fields: {
        ...redirectFields(clientId, postLogoutRedirectUri),
        ...(logoutTicket === null ? {} : { logoutTicket }),
        ...(redirectSession === null ? {} : { redirectSession }),
        ...(confirmation === null ? {} : { confirmation }),
      },
    },
    submitRedirectsTo: target === undefined || !/^[\w.[\]:-]+$/.test(target.hostname) ? [] : [target.origin],
  })
}

function redirectFields(clientId: string | null, uri: string | null): Record<string, string> {
  return {
    ...(clientId === null ? {} : { clientId }),
    ...(uri === null ? {} : { postLogoutRedirectUri: uri }),
  }
}
