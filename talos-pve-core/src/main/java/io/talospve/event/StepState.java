package io.talospve.event;

/** How a step ended. */
public enum StepState {
    /** Done and verified. */
    DONE,
    /** Failed. */
    FAILED,
    /** Not begun, because a step it needs failed. */
    SKIPPED,
    /** Not begun or not finished, because the execution was cancelled. */
    CANCELLED
}
