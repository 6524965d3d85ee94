import { type Facts, inUnits, type Language, momentIn } from '../language.ts'

const notYou = ({ site }: Facts) =>
  `If that was not you, choose a new password at ${site} now, and tell those who run it.`

const unexpected =
  'If you did not ask for this, ignore this mail: nothing has changed, and nobody can do anything without it.'

export const english: Language = {
  code: 'en',
  moment: momentIn('en-GB'),
  duration: (minutes) => {
    const { count, unit } = inUnits(minutes)
    return `${count} ${unit}${count === 1 ? '' : 's'}`
  },
  wordings: {
    recovery: ({ site, goodFor }) => ({
      subject: `Choose a new password for ${site}`,
      paragraphs: [`Somebody, hopefully you, asked to choose a new password for your account at ${site}.`],
      linkLabel: 'Choose a new password',
      afterwards: [`The link is good for ${goodFor}, and once.`, unexpected],
    }),
    activation: ({ site, goodFor }) => ({
      subject: `Your account at ${site}`,
      paragraphs: [`There is an account for you at ${site}. Choose a password, and you can sign in.`],
      linkLabel: 'Choose a password',
      afterwards: [`The link is good for ${goodFor}, and once.`],
    }),
    already_registered: ({ site, goodFor }) => ({
      subject: `You have an account at ${site} already`,
      paragraphs: [
        `Somebody, hopefully you, wanted to create an account at ${site} with this address. There is one already.`,
        'Sign in with your password. If you do not remember it, choose a new one here:',
      ],
      linkLabel: 'Choose a new password',
      afterwards: [`The link is good for ${goodFor}, and once.`, unexpected],
    }),
    verification_code: ({ site, goodFor }) => ({
      subject: `Your code for ${site}`,
      paragraphs: [`This is the code with which you show ${site} that this address is yours:`],
      afterwards: [
        `It is good for ${goodFor}, and once. Give it to nobody: those who run ${site} never ask for it.`,
        unexpected,
      ],
    }),
    approval_wanted: ({ site, email, when }) => ({
      subject: `A new member waits for your approval at ${site}`,
      paragraphs: [
        `On ${when} somebody registered at ${site} with the address ${email}.`,
        'They can sign in once you approve them.',
      ],
    }),
    approved: ({ site }) => ({
      subject: `Welcome to ${site}`,
      paragraphs: [`Your registration at ${site} was approved. You can sign in now.`],
    }),
    rejected: ({ site }) => ({
      subject: `Your registration at ${site}`,
      paragraphs: [`Your registration at ${site} was not approved.`],
    }),
    password_changed: (facts) => ({
      subject: `Your password for ${facts.site} was changed`,
      paragraphs: [
        facts.by === 'administrator'
          ? `On ${facts.when} an administrator changed the password of your account at ${facts.site}.`
          : `On ${facts.when} the password of your account at ${facts.site} was changed by somebody who was signed in to it.`,
        'On every other device you were signed out.',
        notYou(facts),
      ],
    }),
    password_reset: (facts) => ({
      subject: `Your password for ${facts.site} was reset`,
      paragraphs: [
        `On ${facts.when} a new password was chosen for your account at ${facts.site}, by a link that was sent to this address.`,
        'On every device you were signed out.',
        notYou(facts),
      ],
    }),
    email_changed: (facts) => ({
      subject: `Your e-mail address at ${facts.site} was changed`,
      paragraphs: [
        facts.by === 'member'
          ? `On ${facts.when} the e-mail address of your account at ${facts.site} was changed by somebody who was signed in to it.`
          : `On ${facts.when} the e-mail address of your account at ${facts.site} was changed.`,
        `If you know nothing of it, tell those who run ${facts.site}.`,
      ],
    }),
    sessions_ended: (facts) => ({
      subject: `You were signed out of ${facts.site}`,
      paragraphs: [
        `On ${facts.when} ${whoEnded(facts)}`,
        `If you know nothing of it, ask those who run ${facts.site}.`,
      ],
    }),
  },
  closing: ({ site }) => `This mail was sent by ${site}, because it concerns an account with this address.`,
}

function whoEnded({ site, cause }: Facts): string {
  if (cause === 'blocked')
    return `an administrator blocked your account at ${site}. You were signed out on every device.`
  if (cause === 'signal') return `you were signed out of ${site}, because a service that you use told of a danger.`
  return `an administrator signed you out of ${site}.`
}
