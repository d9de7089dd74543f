import { defineHufuScan } from './element.ts'

export { defineHufuScan, HufuScan, type HufuScanEventMap } from './element.ts'
export type { FailureReason, Flow, FlowState } from './flow.ts'
export type { Problem } from './http.ts'

defineHufuScan()
