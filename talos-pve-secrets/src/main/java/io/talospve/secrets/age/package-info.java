/** Encryption in the age v1 format (age-encryption.org/v1, C2SP), on the JDK's primitives. */
@NullMarked
package io.talospve.secrets.age;

import org.jspecify.annotations.NullMarked;
