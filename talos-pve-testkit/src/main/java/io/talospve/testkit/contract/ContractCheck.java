package io.talospve.testkit.contract;

import java.util.Objects;

/**
 * One promise of an SPI and how to try it. In JUnit:
 * {@code checks.stream().map(c -> DynamicTest.dynamicTest(c.name(), c.body()::run))}.
 *
 * @param name the promise in words
 * @param body tries it; throws {@link AssertionError} if it is broken
 */
public record ContractCheck(String name, Body body) {
    /** Checks that nothing is missing. */
    public ContractCheck {
        Objects.requireNonNull(name, "name");
        Objects.requireNonNull(body, "body");
    }

    /** Tries a promise. */
    @FunctionalInterface
    public interface Body {
        /**
         * Tries it.
         *
         * @throws AssertionError if the promise is broken
         * @throws Exception if it could not be tried
         */
        void run() throws Exception;
    }
}
