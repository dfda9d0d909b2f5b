package io.talospve.talos.internal.yaml;

import java.math.BigInteger;
import java.util.Comparator;
import java.util.Map;
import java.util.TreeMap;

/** The order in which Talos writes maps whose keys users choose: numbers inside names count as numbers. Stateless. */
public final class NaturalOrder implements Comparator<String> {
    /** The order. */
    public static final Comparator<String> INSTANCE = new NaturalOrder();

    private NaturalOrder() {}

    /**
     * A copy of a map in this order.
     *
     * @param map any map
     * @param <V> type of its values
     * @return the sorted copy
     */
    public static <V> Map<String, V> sorted(Map<String, V> map) {
        Map<String, V> sorted = new TreeMap<>(INSTANCE);
        sorted.putAll(map);
        return sorted;
    }

    @Override
    public int compare(String left, String right) {
        int[] a = left.codePoints().toArray();
        int[] b = right.codePoints().toArray();
        boolean inNumber = false;
        for (int i = 0; i < a.length && i < b.length; i++) {
            if (a[i] == b[i]) {
                inNumber = Character.isDigit(a[i]);
                continue;
            }
            boolean letterA = Character.isLetter(a[i]);
            boolean letterB = Character.isLetter(b[i]);
            if (letterA && letterB) {
                return Integer.compare(a[i], b[i]);
            }
            if (letterA || letterB) {
                return letterA == inNumber ? -1 : 1;
            }
            return numbers(a, b, i);
        }
        return Integer.compare(a.length, b.length);
    }

    private static int numbers(int[] a, int[] b, int start) {
        String digitsA = digits(a, start);
        String digitsB = digits(b, start);
        String prefix = (a[start] == '0' || b[start] == '0') && followsNonZeroDigit(a, start) ? "1" : "0";
        int byValue = new BigInteger(prefix + digitsA).compareTo(new BigInteger(prefix + digitsB));
        if (byValue != 0) {
            return byValue;
        }
        int byLength = Integer.compare(digitsA.length(), digitsB.length());
        return byLength != 0 ? byLength : Integer.compare(a[start], b[start]);
    }

    private static String digits(int[] text, int start) {
        StringBuilder digits = new StringBuilder();
        for (int i = start; i < text.length && Character.isDigit(text[i]); i++) {
            digits.append(Character.digit(text[i], 10));
        }
        return digits.toString();
    }

    private static boolean followsNonZeroDigit(int[] text, int start) {
        for (int i = start - 1; i >= 0 && Character.isDigit(text[i]); i--) {
            if (text[i] != '0') {
                return true;
            }
        }
        return false;
    }
}
