package io.talospve.apply.internal;

/**
 * Does one kind of step. A run is short and never waits: it observes what is there, acts if nothing was done yet, and
 * verifies. It may be run again at any time, also by another process that knows only the store: that is what makes a crash
 * at any instant harmless.
 */
@FunctionalInterface
interface StepRunner {
    /** Goes on as far as it gets now. */
    StepProgress run(StepContext context);
}
