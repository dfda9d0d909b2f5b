package io.talospve.spi;

/** Nothing to wait for. */
enum DoneOperation implements Operation {
    INSTANCE;

    @Override
    public String id() {
        return "none";
    }

    @Override
    public State poll() {
        return State.succeeded();
    }
}
