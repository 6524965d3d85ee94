/** How pages look in tests. */
import { type Appearance, appearanceOf } from '../../src/http/pages/appearance.ts'

/** In English, and as nobody's. */
export const plain: Appearance = appearanceOf(undefined, [])

/** In German, as a site's that has a name, a colour that is too light for text, and a picture. */
export const branded: Appearance = {
  ...appearanceOf(undefined, ['de']),
  brand: { name: 'Ada & Söhne', color: '#ffd400', logoUrl: 'https://pictures.example/logo.svg' },
}
