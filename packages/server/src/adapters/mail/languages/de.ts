import { type Facts, inUnits, type Language, momentIn } from '../language.ts'

const units = {
  minute: ['Minute', 'Minuten'],
  hour: ['Stunde', 'Stunden'],
  day: ['Tag', 'Tage'],
} as const

const notYou = ({ site }: Facts) =>
  `Falls Sie das nicht waren, wählen Sie bei ${site} sofort ein neues Passwort und melden Sie sich beim Betreiber.`

const unexpected =
  'Falls Sie nicht darum gebeten haben, ist nichts zu tun: Es hat sich nichts geändert, und ohne diese Nachricht kann niemand etwas ändern.'

export const german: Language = {
  code: 'de',
  moment: momentIn('de-DE'),
  duration: (minutes) => {
    const { count, unit } = inUnits(minutes)
    return `${count} ${units[unit][count === 1 ? 0 : 1]}`
  },
  wordings: {
    recovery: ({ site, goodFor }) => ({
      subject: `Neues Passwort für ${site}`,
      paragraphs: [`Jemand, hoffentlich Sie, möchte für Ihr Konto bei ${site} ein neues Passwort wählen.`],
      linkLabel: 'Neues Passwort wählen',
      afterwards: [`Der Link gilt ${goodFor} und nur einmal.`, unexpected],
    }),
    activation: ({ site, goodFor }) => ({
      subject: `Ihr Konto bei ${site}`,
      paragraphs: [`Für Sie gibt es ein Konto bei ${site}. Wählen Sie ein Passwort, dann können Sie sich anmelden.`],
      linkLabel: 'Passwort wählen',
      afterwards: [`Der Link gilt ${goodFor} und nur einmal.`],
    }),
    already_registered: ({ site, goodFor }) => ({
      subject: `Sie haben schon ein Konto bei ${site}`,
      paragraphs: [
        `Jemand, hoffentlich Sie, wollte bei ${site} mit dieser Adresse ein Konto anlegen. Es gibt schon eines.`,
        'Melden Sie sich mit Ihrem Passwort an. Haben Sie es vergessen, wählen Sie hier ein neues:',
      ],
      linkLabel: 'Neues Passwort wählen',
      afterwards: [`Der Link gilt ${goodFor} und nur einmal.`, unexpected],
    }),
    verification_code: ({ site, goodFor }) => ({
      subject: `Ihr Code für ${site}`,
      paragraphs: [`Mit diesem Code bestätigen Sie ${site}, dass diese Adresse Ihnen gehört:`],
      afterwards: [
        `Er gilt ${goodFor} und nur einmal. Geben Sie ihn an niemanden weiter: Der Betreiber von ${site} fragt nie danach.`,
        unexpected,
      ],
    }),
    approval_wanted: ({ site, email, when }) => ({
      subject: `Bei ${site} wartet ein neues Mitglied auf Ihre Freigabe`,
      paragraphs: [
        `Am ${when} hat sich jemand bei ${site} mit der Adresse ${email} registriert.`,
        'Die Anmeldung ist möglich, sobald Sie das Mitglied freigeben.',
      ],
    }),
    approved: ({ site }) => ({
      subject: `Willkommen bei ${site}`,
      paragraphs: [`Ihre Registrierung bei ${site} wurde freigegeben. Sie können sich jetzt anmelden.`],
    }),
    rejected: ({ site }) => ({
      subject: `Ihre Registrierung bei ${site}`,
      paragraphs: [`Ihre Registrierung bei ${site} wurde nicht freigegeben.`],
    }),
    password_changed: (facts) => ({
      subject: `Ihr Passwort für ${facts.site} wurde geändert`,
      paragraphs: [
        facts.by === 'administrator'
          ? `Am ${facts.when} hat ein Administrator das Passwort Ihres Kontos bei ${facts.site} geändert.`
          : `Am ${facts.when} hat jemand, der in Ihrem Konto bei ${facts.site} angemeldet war, das Passwort geändert.`,
        'Auf allen anderen Geräten wurden Sie abgemeldet.',
        notYou(facts),
      ],
    }),
    password_reset: (facts) => ({
      subject: `Ihr Passwort für ${facts.site} wurde neu gewählt`,
      paragraphs: [
        `Am ${facts.when} wurde für Ihr Konto bei ${facts.site} ein neues Passwort gewählt, mit einem Link, der an diese Adresse ging.`,
        'Auf allen Geräten wurden Sie abgemeldet.',
        notYou(facts),
      ],
    }),
    email_changed: (facts) => ({
      subject: `Ihre E-Mail-Adresse bei ${facts.site} wurde geändert`,
      paragraphs: [
        facts.by === 'member'
          ? `Am ${facts.when} hat jemand, der in Ihrem Konto bei ${facts.site} angemeldet war, die E-Mail-Adresse geändert.`
          : `Am ${facts.when} wurde die E-Mail-Adresse Ihres Kontos bei ${facts.site} geändert.`,
        `Falls Sie davon nichts wissen, melden Sie sich beim Betreiber von ${facts.site}.`,
      ],
    }),
    sessions_ended: (facts) => ({
      subject: `Sie wurden bei ${facts.site} abgemeldet`,
      paragraphs: [
        `Am ${facts.when} ${whoEnded(facts)}`,
        `Falls Sie davon nichts wissen, fragen Sie den Betreiber von ${facts.site}.`,
      ],
    }),
  },
  closing: ({ site }) => `Diese Nachricht kommt von ${site}, weil sie ein Konto mit dieser Adresse betrifft.`,
}

function whoEnded({ site, cause }: Facts): string {
  if (cause === 'blocked') {
    return `hat ein Administrator Ihr Konto bei ${site} gesperrt. Sie wurden auf allen Geräten abgemeldet.`
  }
  if (cause === 'signal') {
    return `wurden Sie bei ${site} abgemeldet, weil ein Dienst, den Sie nutzen, eine Gefahr gemeldet hat.`
  }
  return `hat ein Administrator Sie bei ${site} abgemeldet.`
}
