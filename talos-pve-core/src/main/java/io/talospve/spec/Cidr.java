package io.talospve.spec;

import java.math.BigInteger;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * An IP address with its prefix length, IPv4 or IPv6. Immutable; equal by value. Never resolves a name.
 *
 * @param address the address in its canonical text form
 * @param prefix prefix length in bits
 */
public record Cidr(String address, int prefix) {
    private static final Pattern V4 = Pattern.compile("(25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)(\\.(25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)){3}");
    private static final Pattern V6 = Pattern.compile("[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*");

    /** Checks both parts. */
    public Cidr {
        Objects.requireNonNull(address, "address");
        address = canonical(address);
        int bits = bytes(address).length * 8;
        if (prefix < 0 || prefix > bits) {
            throw new IllegalArgumentException("prefix length " + prefix + " is not in 0.." + bits);
        }
    }

    /**
     * Reads {@code address/prefix}.
     *
     * @param text for example {@code 192.168.62.21/24}
     * @return the value
     * @throws IllegalArgumentException with a reason if it is not of this form
     */
    public static Cidr parse(String text) {
        int slash = text.indexOf('/');
        if (slash < 0) {
            throw new IllegalArgumentException("no prefix length: write it as " + text + "/24");
        }
        String digits = text.substring(slash + 1);
        if (!digits.matches("\\d{1,3}")) {
            throw new IllegalArgumentException("\"" + digits + "\" is not a prefix length");
        }
        return new Cidr(text.substring(0, slash), Integer.parseInt(digits));
    }

    /**
     * Whether a text is an IP address.
     *
     * @param text any text
     * @return true for an IPv4 or IPv6 address in its usual notation
     */
    public static boolean isAddress(String text) {
        if (V4.matcher(text).matches()) {
            return true;
        }
        if (!V6.matcher(text).matches()) {
            return false;
        }
        try {
            return InetAddress.getByName(text) != null;
        } catch (UnknownHostException e) {
            return false;
        }
    }

    /**
     * Whether the subnet of this value holds an address.
     *
     * @param other an IP address
     * @return true if it is of the same family and in the subnet
     */
    public boolean contains(String other) {
        byte[] a = bytes(address);
        byte[] b = bytes(canonical(other));
        if (a.length != b.length) {
            return false;
        }
        int shift = a.length * 8 - prefix;
        return new BigInteger(1, a).shiftRight(shift).equals(new BigInteger(1, b).shiftRight(shift));
    }

    /**
     * The subnet of this value, for example {@code 192.168.62.0/24}.
     *
     * @return the value with all host bits zero
     */
    public Cidr subnet() {
        byte[] a = bytes(address);
        int shift = a.length * 8 - prefix;
        byte[] masked = new BigInteger(1, a).shiftRight(shift).shiftLeft(shift).toByteArray();
        byte[] full = new byte[a.length];
        int length = Math.min(masked.length, full.length);
        System.arraycopy(masked, masked.length - length, full, full.length - length, length);
        return new Cidr(text(full), prefix);
    }

    /**
     * The broadcast address of this value's subnet.
     *
     * @return the last address of the subnet; empty for IPv6 and for IPv4 prefixes of 31 and 32 bits, which have none
     */
    public Optional<String> broadcast() {
        if (isV6() || prefix >= 31) {
            return Optional.empty();
        }
        byte[] raw = bytes(address);
        for (int bit = prefix; bit < 32; bit++) {
            raw[bit / 8] |= (byte) (0x80 >> bit % 8);
        }
        return Optional.of(text(raw));
    }

    /**
     * Whether this is an IPv6 value.
     *
     * @return true for IPv6
     */
    public boolean isV6() {
        return address.indexOf(':') >= 0;
    }

    @Override
    public String toString() {
        return address + "/" + prefix;
    }

    private static String canonical(String address) {
        if (!isAddress(address)) {
            throw new IllegalArgumentException("\"" + address + "\" is not an IP address");
        }
        return address.indexOf(':') < 0 ? address : text(bytes(address));
    }

    private static byte[] bytes(String address) {
        try {
            return InetAddress.getByName(address).getAddress();
        } catch (UnknownHostException e) {
            throw new IllegalArgumentException("\"" + address + "\" is not an IP address", e);
        }
    }

    /** RFC 5952: lower case, the longest run of zero groups (of two or more) as {@code ::}. */
    private static String text(byte[] raw) {
        if (raw.length == 4) {
            return (raw[0] & 0xFF) + "." + (raw[1] & 0xFF) + "." + (raw[2] & 0xFF) + "." + (raw[3] & 0xFF);
        }
        int[] groups = new int[8];
        for (int i = 0; i < 8; i++) {
            groups[i] = (raw[2 * i] & 0xFF) << 8 | raw[2 * i + 1] & 0xFF;
        }
        int bestStart = -1;
        int bestLength = 1;
        for (int i = 0; i < 8; ) {
            int end = i;
            while (end < 8 && groups[end] == 0) {
                end++;
            }
            if (end - i > bestLength) {
                bestStart = i;
                bestLength = end - i;
            }
            i = Math.max(end, i + 1);
        }
        StringBuilder out = new StringBuilder();
        for (int i = 0; i < 8; i++) {
            if (i == bestStart) {
                out.append("::");
                i += bestLength - 1;
            } else {
                if (out.length() > 0 && out.charAt(out.length() - 1) != ':') {
                    out.append(':');
                }
                out.append(Integer.toHexString(groups[i]));
            }
        }
        return out.toString();
    }
}
