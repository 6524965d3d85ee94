import { type MetricName, metricTable } from './metric-table.ts'

export type Labels = Readonly<Record<string, string>>

/** One line of what is exposed. `suffix` is that of a part of a histogram. */
export interface Sample {
  readonly suffix?: '_bucket' | '_sum' | '_count'
  readonly labels: Labels
  readonly value: number
}

/** All samples of a metric. Plain data, so that workers can hand it to each other. */
export interface MetricSamples {
  readonly name: MetricName
  readonly samples: readonly Sample[]
}

/** The samples with another label in front of their own; one that is there already stays. */
export function labelled(metrics: readonly MetricSamples[], labels: Labels): readonly MetricSamples[] {
  return metrics.map(({ name, samples }) => ({
    name,
    samples: samples.map((sample) => ({ ...sample, labels: { ...labels, ...sample.labels } })),
  }))
}

/**
 * Writes metrics in the text format of Prometheus, version 0.0.4, each once and in the order of the table, whoever brought
 * its samples.
 *
 * @see {@link https://prometheus.io/docs/instrumenting/exposition_formats/}
 */
export function writeSamples(metrics: readonly MetricSamples[]): string {
  const lines: string[] = []
  for (const [name, { type, help }] of Object.entries(metricTable)) {
    lines.push(`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`)
    for (const metric of metrics) {
      if (metric.name !== name) continue
      for (const sample of metric.samples)
        lines.push(`${name}${sample.suffix ?? ''}${labelsText(sample.labels)} ${sample.value}`)
    }
  }
  return `${lines.join('\n')}\n`
}

export const samplesContentType = 'text/plain; version=0.0.4; charset=utf-8'

function labelsText(labels: Labels): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escaped(value)}"`)
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`
}

function escaped(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')
}
