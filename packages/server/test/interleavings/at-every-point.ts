import { type Barriers, type Point, placeOf } from '../support/barriers.ts'

/** A race that is run once for each place where its request can be stopped. */
export interface Scenario<Scene, Answer> {
  /** Makes everything that one race needs, afresh. */
  readonly prepare: () => Promise<Scene>
  readonly racing: (scene: Scene) => Promise<Answer>
  /** Runs to its end while the request is stopped. */
  readonly meanwhile: (scene: Scene, at: Point) => Promise<void>
  /** What must hold once the request went on and was answered. */
  readonly afterwards: (scene: Scene, answer: Answer, at: Point, points: readonly Point[]) => Promise<void>
}

/**
 * Stops the racing request before and after every call it makes to the database, and checks what came of each race.
 *
 * @returns The calls it makes, in order, so that a test can say which ones it means to have covered.
 */
export async function atEveryPoint<Scene, Answer>(
  barriers: Barriers,
  { prepare, racing, meanwhile, afterwards }: Scenario<Scene, Answer>,
): Promise<readonly string[]> {
  const undisturbed = await prepare()
  const points = await barriers.pointsOf(() => racing(undisturbed))
  for (const at of points) {
    const scene = await prepare()
    try {
      const answer = await barriers.race({ at, racing: () => racing(scene), meanwhile: () => meanwhile(scene, at) })
      await afterwards(scene, answer, at, points)
    } catch (cause) {
      throw new Error(`Went wrong when the request was stopped ${placeOf(at)}: ${String(cause)}`, { cause })
    }
  }
  return points.filter(({ when }) => when === 'after').map(({ call }) => call)
}
