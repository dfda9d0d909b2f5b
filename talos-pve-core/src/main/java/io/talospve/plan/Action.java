package io.talospve.plan;

/** What a step does to the world: a closed set, each with its sign. */
public enum Action {
    /** Makes something. */
    CREATE("+", "create"),
    /** Changes something. */
    CHANGE("~", "change"),
    /** Removes something. */
    DELETE("-", "delete"),
    /** Waits for something to become true. */
    AWAIT(" ", "await");

    private final String sign;
    private final String verb;

    Action(String sign, String verb) {
        this.sign = sign;
        this.verb = verb;
    }

    /** The sign in a rendering. */
    public String sign() {
        return sign;
    }

    /** The verb in a rendering. */
    public String verb() {
        return verb;
    }
}
