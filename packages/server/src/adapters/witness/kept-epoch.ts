import { UnreadableWitness, type WitnessKeeper } from '../../ports/witness.ts'

/** The epoch that the witness was in; 0 where there is none, or none that can be read, which is just what is decided about. */
export function keptEpoch(keeper: WitnessKeeper): number {
  try {
    return keeper.read()?.epoch ?? 0
  } catch (error) {
    if (error instanceof UnreadableWitness) return 0
    throw error
  }
}
