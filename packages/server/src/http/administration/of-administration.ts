/** What all methods below `/admin/v1` have in common. */
export const ofAdministration = {
  errors: 'identity',
  tag: 'Administration',
  security: ['administratorKey'],
} as const
