// One JSON line in, one JSON line out, until the input ends.
//
// In:  {"runs": [{"simulation": …, "options": …}, …]}   (the simulator's own two arguments)
// Out: {"answers": [{"result": …, "conditions": …, "ignored": […]} | {"error": …}, …], "seconds": …}
//
// `seconds` of this thread's processor time that the simulations alone took, without reading and
// writing JSON, and whatever else the machine does meanwhile.
import { createInterface } from 'node:readline'
import { runSimulation } from '@cloud-copilot/iam-simulate'

async function answer({ simulation, options }) {
  try {
    const run = await runSimulation(simulation, options ?? {})
    if (run.resultType !== 'single') return { error: run.errors ?? run.resultType }
    const { analysis, ignoredContextKeys } = run.result
    return {
      result: run.overallResult,
      conditions: analysis.conditions ?? null,
      blocked: analysis.blockedBy ?? [],
      ignored: ignoredContextKeys,
    }
  } catch (error) {
    return { error: String(error) }
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  const { runs } = JSON.parse(line)
  const answers = []
  const start = process.threadCpuUsage()
  for (const run of runs) answers.push(await answer(run))
  const { user, system } = process.threadCpuUsage(start)
  const seconds = (user + system) / 1e6
  process.stdout.write(JSON.stringify({ answers, seconds }) + '\n')
}
