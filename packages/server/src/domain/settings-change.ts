import type { Branding, SiteSettings } from './site.ts'

/** What is to be different in the settings of a site; what is left out stays as it is. */
export type ChangeOfSettings = Partial<Omit<SiteSettings, 'branding'>> & { readonly branding?: Partial<Branding> }

/** The settings after a change. */
export function changedSettings(settings: SiteSettings, change: ChangeOfSettings): SiteSettings {
  return { ...settings, ...change, branding: { ...settings.branding, ...change.branding } }
}
