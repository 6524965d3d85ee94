import type { Words } from './words.ts'

const minutesOf = (minutes: number) => (minutes === 1 ? 'einer Minute' : `${minutes} Minuten`)

export const german: Words = {
  code: 'de',
  page: {
    error: 'Fehler',
    continue: 'Weiter',
    continueTo: (host) => `Weiter zu ${host}`,
    sentOn: 'Ihr Browser wurde an eine andere Adresse weitergeleitet.',
    sentOnToApplication:
      'Ihr Browser wurde an eine Anwendung weitergeleitet ({}). Wechseln Sie zu ihr, um fortzufahren.',
  },
  fields: {
    email: 'E-Mail-Adresse',
    password: 'Passwort',
    newPassword: 'Neues Passwort',
    passwordLength: (characters) =>
      `Mindestens ${characters} Zeichen. Gut sind einige Wörter, die Sie sich merken können.`,
    remember: 'Auf diesem Gerät angemeldet bleiben',
    code: 'Code',
  },
  signIn: {
    title: 'Anmelden',
    submit: 'Anmelden',
    forgotten: 'Passwort vergessen?',
    newHere: 'Neu hier?',
    toRegister: 'Konto anlegen',
    done: {
      title: 'Sie sind angemeldet',
      text: 'Sie können diese Seite schließen und dorthin zurückkehren, wo Sie hergekommen sind.',
    },
  },
  register: {
    title: 'Konto anlegen',
    note: 'Sie bekommen eine E-Mail mit einem Code, den Sie auf der nächsten Seite eingeben.',
    submit: 'Konto anlegen',
    haveAccount: 'Haben Sie schon ein Konto?',
    toSignIn: 'Anmelden',
    closed: { title: 'Hier kann sich niemand registrieren', text: 'Diese Website nimmt keine neuen Mitglieder auf.' },
  },
  forgotten: {
    title: 'Passwort vergessen?',
    note: 'Nennen Sie uns Ihre E-Mail-Adresse. Wir schicken Ihnen einen Link, mit dem Sie ein neues Passwort wählen können.',
    submit: 'Link schicken',
    toSignIn: 'Zurück zur Anmeldung',
    sent: {
      title: 'Prüfen Sie Ihr Postfach',
      text: 'Gehört die Adresse zu einem Konto hier, ist ein Link dorthin unterwegs. Er gilt 20 Minuten lang.',
    },
  },
  codeEntry: {
    title: 'Code eingeben',
    sentTo: 'Eine E-Mail ist unterwegs an {}.',
    hint: 'Sechs Ziffern. Haben Sie mit dieser Adresse schon ein Konto, steht in der E-Mail, wie es weitergeht.',
    submit: 'Weiter',
    another: 'Neuen Code schicken',
    anotherSent:
      'Wenn noch einer geschickt werden kann, ist ein neuer Code unterwegs. Kommt keine E-Mail, beginnen Sie von vorn.',
    toBegin: 'Von vorn beginnen',
  },
  waiting: {
    title: 'Ihre Registrierung muss freigegeben werden',
    text: 'Der Betreiber dieser Website prüft jede Registrierung. Sobald Ihre freigegeben ist, bekommen Sie eine E-Mail und können sich anmelden.',
  },
  newPassword: {
    title: 'Neues Passwort wählen',
    note: 'Alle Geräte, auf denen Sie angemeldet sind, werden abgemeldet.',
    submit: 'Passwort setzen',
    set: {
      title: 'Ihr Passwort ist gesetzt',
      text: 'Alle bisherigen Sitzungen sind beendet, auf allen Geräten.',
      next: 'Melden Sie sich mit dem neuen Passwort an.',
      nextOnceApproved:
        'Ihre Registrierung muss noch freigegeben werden. Danach melden Sie sich mit dem neuen Passwort an.',
    },
    sendAgain: 'Neuen Link schicken',
    problems: {
      unknown: {
        title: 'Dieser Link ist nicht bekannt',
        text: 'Vielleicht ist er unvollständig oder zu alt. Öffnen Sie ihn noch einmal aus der E-Mail, oder lassen Sie sich bei der Anmeldung einen neuen schicken.',
      },
      expired: {
        title: 'Dieser Link ist zu alt',
        text: 'Er galt nur für kurze Zeit, damit ihn später niemand benutzen kann.',
      },
      used: {
        title: 'Dieser Link wurde schon benutzt',
        text: 'Mit ihm wurde ein Passwort gesetzt. Waren Sie das, melden Sie sich damit an. Wenn nicht, lassen Sie sich einen neuen Link schicken und setzen Sie ein anderes.',
      },
      void: {
        title: 'Dieser Link gilt nicht mehr',
        text: 'Seitdem wurde ein neuerer verschickt oder das Passwort oder die E-Mail-Adresse geändert. Nehmen Sie den Link aus der neuesten E-Mail.',
      },
      too_many_tries: { title: 'Dieser Link gilt nicht mehr', text: 'Lassen Sie sich einen neuen schicken.' },
      not_active: {
        title: 'Mit diesem Konto kann man sich nicht anmelden',
        text: 'Fragen Sie den Betreiber der Website.',
      },
    },
  },
  problems: {
    wrong_credentials:
      'Die E-Mail-Adresse oder das Passwort stimmt nicht. Falls Sie den Code Ihrer Registrierung noch nicht eingegeben haben, registrieren Sie sich noch einmal.',
    no_email_address: 'Das ist keine E-Mail-Adresse.',
    wrong_code:
      'Dieser Code stimmt nicht oder gilt nicht mehr. Schauen Sie in die neueste E-Mail, lassen Sie sich einen neuen schicken, oder beginnen Sie von vorn.',
    not_active: 'Mit diesem Konto kann man sich nicht anmelden.',
    locked: 'Zu viele Versuche sind fehlgeschlagen. Setzen Sie ein neues Passwort, um sich wieder anzumelden.',
    busy: 'Der Dienst ist gerade überlastet. Versuchen Sie es in einigen Sekunden noch einmal.',
    throttled: (minutes) => `Das waren zu viele Versuche. Versuchen Sie es in ${minutesOf(minutes)} noch einmal.`,
    password_length: (atLeast, atMost) => `Das Passwort muss ${atLeast} bis ${atMost} Zeichen haben.`,
    password_common: 'Das Passwort darf keines der häufigsten Passwörter sein: Diese werden als Erste ausprobiert.',
    password_context:
      'Das Passwort darf nicht der Name dieser Website, Ihre E-Mail-Adresse oder Ihr eigener Name sein.',
    password_characters: 'Das Passwort enthält ein Zeichen, das nicht verwendet werden kann.',
  },
  confirmSignOut: {
    title: 'Möchten Sie sich abmelden?',
    signedInAs: 'Sie sind angemeldet als {}. Ihre Sitzung wird beendet.',
    sessionWillEnd: 'Ihre Sitzung wird beendet.',
    continueTo: 'Nach dem Abmelden geht es weiter zu {}.',
    submit: 'Abmelden',
    stay: 'Angemeldet bleiben',
    close: {
      nothingChanged: 'Um angemeldet zu bleiben, schließen Sie diese Seite. Es hat sich nichts geändert.',
      asItWas: 'Um angemeldet zu bleiben, schließen Sie diese Seite. Ihre Sitzung hier ist, wie sie war.',
    },
    answerRefused:
      'Ihre Antwort kam zu spät oder nicht von dieser Seite. Sie sind weiterhin angemeldet. Bitte antworten Sie noch einmal.',
    otherSessionEnded:
      'Die Sitzung, für die dieser Link gemacht wurde, ist beendet. In diesem Browser besteht noch eine andere Sitzung.',
  },
  signedOut: {
    ended: {
      title: 'Sie sind abgemeldet',
      text: 'Ihre Sitzung ist beendet, und nichts von ihr wird hier noch angenommen.',
    },
    already_ended: {
      title: 'Sie sind abgemeldet',
      text: 'Ihre Sitzung war schon vor dieser Anfrage beendet, es blieb nichts zu tun.',
    },
    nobody: {
      title: 'Niemand war angemeldet',
      text: 'In diesem Browser war hier niemand angemeldet, es gab nichts zu beenden.',
    },
    openApplications:
      'Eine Anwendung, die noch offen ist, kann Sie als angemeldet zeigen, bis sie das nächste Mal nachfragt.',
    notSentOn: 'Sie wurden nicht an die gewünschte Adresse weitergeleitet:',
    link: {
      unknown:
        'Der Link, dem Sie gefolgt sind, ist hier nicht bekannt und hat nichts beendet. Melden Sie sich auf der Website noch einmal ab, um einen neuen zu bekommen.',
      spent: 'Der Link, dem Sie gefolgt sind, wurde schon benutzt. Wofür er gemacht war, wurde damals beendet.',
      expired:
        'Der Link, dem Sie gefolgt sind, ist abgelaufen und hat nichts beendet. Melden Sie sich auf der Website noch einmal ab, um einen neuen zu bekommen: Jeder gilt zehn Minuten lang.',
    },
  },
  signOutRefused: {
    title: 'Dieser Link zum Abmelden wurde abgelehnt',
    malformed: 'Er ist nicht so aufgebaut, wie er sein muss.',
    address: {
      sentence: 'Er will Sie an eine Adresse weiterleiten, die nicht erlaubt ist.',
      label: 'Angegebene Adresse',
    },
    client: {
      sentence: 'Er nennt eine Anwendung, die hier nicht bekannt ist.',
      label: 'Genannte Anwendung',
    },
    nothingChanged: 'Er hat nichts geändert: Keine Sitzung wurde beendet.',
    rule: 'Verletzte Regel',
    withoutGoing: 'Sie können sich abmelden, ohne dorthin zu gehen.',
    allTheSame: 'Sie können sich trotzdem abmelden.',
    submit: 'Abmelden',
  },
  signOutFailed: {
    certain: {
      title: 'Sie sind NICHT abgemeldet',
      text: 'Der Dienst konnte Ihre Sitzung nicht beenden. Es hat sich nichts geändert: Die Sitzung ist, wie sie war.',
      shared: 'Verlassen Sie einen gemeinsam benutzten Computer bitte nicht, bevor es geklappt hat.',
    },
    uncertain: {
      title: 'Ihre Abmeldung ist nicht bestätigt',
      text: 'Der Dienst konnte nicht feststellen, ob Ihre Sitzung beendet ist. Gehen Sie bis zur Bestätigung davon aus, dass Sie noch angemeldet sind.',
      safe: 'Ein neuer Versuch schadet nicht: Eine beendete Sitzung bleibt beendet.',
    },
    retry: 'Noch einmal versuchen',
    later: 'Bitte versuchen Sie es gleich noch einmal.',
  },
  error: {
    notFound: { title: 'Hier ist nichts' },
    refused: 'Diese Anfrage wurde abgelehnt',
    failed: { title: 'Das hat nicht geklappt', text: 'Hier ist etwas schiefgegangen.' },
    unavailable:
      'Die Datenbank antwortet gerade nicht. Es hat sich nichts geändert. Versuchen Sie es in einigen Sekunden noch einmal.',
    notConfirmed:
      'Die Datenbank hat nicht rechtzeitig bestätigt, ob dies ausgeführt wurde. Wiederholen Sie es, um das festzustellen.',
    reference: 'Kennung für Rückfragen:',
  },
  refusedFlow: {
    unknown_client: {
      title: 'Ungültige Weiterleitungsadresse (Invalid redirect URI)',
      text: 'clientId nennt keinen Client dieses Dienstes.',
    },
    redirect_uri_missing: {
      title: 'Ungültige Weiterleitungsadresse (Invalid redirect URI)',
      text: 'redirectUri fehlt.',
    },
    redirect_uri_not_allowed: {
      title: 'Ungültige Weiterleitungsadresse (Invalid redirect URI)',
      text: 'redirectUri gehört nicht zu den erlaubten Adressen des Clients. Sie muss Zeichen für Zeichen gleich sein.',
    },
    unknown_response_mode: {
      title: 'Unbekannte Antwortart',
      text: 'responseMode muss query, fragment oder web_message sein.',
    },
    unknown_identity_provider: {
      title: 'Unbekannter Anmeldedienst',
      text: 'Dieser Dienst kennt keine anderen Anmeldedienste.',
    },
    post_flow_url_not_allowed: {
      title: 'Dieser Link ist ungültig',
      text: 'postFlowUrl gehört nicht zu den Adressen und Domains des Clients.',
    },
  },
}
