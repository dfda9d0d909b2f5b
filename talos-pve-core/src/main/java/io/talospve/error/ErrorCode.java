package io.talospve.error;

/** What went wrong, for programs. Names are stable; new ones may be added. */
public enum ErrorCode {
    /** The spec has errors; see {@link SpecException#problems()}. */
    SPEC_INVALID,
    /** Something mandatory was not wired. */
    NOT_CONFIGURED,
    /** The world and the store contradict each other: marked machines without a bundle, or of another one. */
    STORE_MISMATCH,
    /** A virtual machine carries a mark that belongs to another one: a clone or a restored backup. */
    COPIED_MARK,
    /** A virtual machine of the planned name exists and is not ours. */
    NAME_TAKEN,
    /** The plan cannot be made because the world does not allow what the spec asks for. */
    PLAN_REFUSED,
    /** The world moved since the plan was made. */
    PLAN_STALE,
    /** The plan's text was changed after it was made, or another version of the library made it. */
    PLAN_ALTERED,
    /** Another process works on this cluster. */
    LOCKED,
    /** The store cannot be read or written. */
    STORE_FAILED,
    /** A server could not be reached or gave no answer. */
    UNREACHABLE,
    /** A server's certificate is not the trusted one. */
    UNTRUSTED,
    /** A server refused who we are or what we may do. */
    DENIED,
    /** A server refused the request's content. */
    REJECTED,
    /** A server failed, or is not ready yet. */
    SERVER_FAILED,
    /** What was asked for does not exist. */
    NOT_FOUND,
    /** A server answered something that this library does not understand. */
    UNEXPECTED_ANSWER,
    /** A remote task ended with an error. */
    TASK_FAILED,
    /** A machine at the expected address is not the virtual machine that was made. */
    WRONG_MACHINE,
    /** Bootstrapping etcd would risk a second cluster. */
    BOOTSTRAP_REFUSED,
    /** A condition was not met in time. */
    TIMED_OUT,
    /** The execution was cancelled. */
    CANCELLED,
    /** A secret of this name exists more than once in the sink. */
    AMBIGUOUS_SECRET
}
