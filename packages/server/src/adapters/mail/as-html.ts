import { inkOn } from '../../domain/color.ts'
import { defaultSiteSettings } from '../../domain/site.ts'
import { type Html, html, nothing } from '../../protocol/html.ts'

export interface HtmlParts {
  readonly language: string
  readonly subject: string
  readonly site: string
  /** As the site's settings have it. */
  readonly color: string
  readonly logoUrl: string | null
  readonly paragraphs: readonly string[]
  readonly link: { readonly href: string; readonly label: string } | null
  readonly code: string | null
  readonly afterwards: readonly string[]
  readonly closing: string
}

/**
 * A mail as HTML. Styles stand in attributes, because mail programs drop what they find in a head; nothing is loaded but the
 * site's picture, where it has one.
 */
export function asHtml(parts: HtmlParts): string {
  const { language, subject, site, logoUrl, paragraphs, link, code, afterwards, closing } = parts
  const color = /^#[0-9a-f]{6}$/i.test(parts.color) ? parts.color : defaultSiteSettings.branding.color
  const isPicture = logoUrl?.startsWith('https://') === true
  return String(html`<!doctype html>
<html lang="${language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${subject}</title>
</head>
<body style="margin:0;padding:24px 12px;background:#f3f4f7;color:#1a1e26;font:16px/1.55 system-ui,-apple-system,'Segoe UI',Roboto,'Helvetica Neue',Arial,sans-serif">
<div style="max-width:480px;margin:0 auto;padding:24px;background:#ffffff;border-top:4px solid ${color};border-radius:8px">
${isPicture ? html`<p style="margin:0 0 16px"><img src="${logoUrl ?? ''}" alt="${site}" height="40" style="height:40px;max-width:100%"></p>` : nothing}
<h1 style="margin:0 0 16px;font-size:22px;line-height:1.25">${subject}</h1>
${paragraphs.map(paragraph)}
${link === null ? nothing : button(link, color)}
${code === null ? nothing : html`<p style="margin:0 0 16px;font:28px/1.4 ui-monospace,Menlo,Consolas,monospace;letter-spacing:4px">${code}</p>`}
${afterwards.map(paragraph)}
<p style="margin:24px 0 0;padding-top:16px;border-top:1px solid #d9dde4;color:#525a68;font-size:14px">${closing}</p>
</div>
</body>
</html>
`)
}

function paragraph(text: string): Html {
  return html`<p style="margin:0 0 16px">${text}</p>`
}

function button({ href, label }: { readonly href: string; readonly label: string }, color: string): Html {
  return html`<p style="margin:0 0 16px"><a href="${href}" style="display:inline-block;padding:10px 16px;border-radius:6px;background:${color};color:${inkOn(color)};font-weight:600;text-decoration:none">${label}</a></p>
<p style="margin:0 0 16px;color:#525a68;font-size:14px;word-break:break-all">${href}</p>`
}
