package io.talospve.testkit.internal.talos;

import java.util.ArrayList;
import java.util.List;

/**
 * A unified diff with three lines of context, as Talos prints it: where hunks begin in the new text is counted without the
 * unchanged lines between two changes of one hunk (recorded for a worker that was given a control plane's configuration).
 */
final class UnifiedDiff {
    private static final int CONTEXT = 3;

    private UnifiedDiff() {}

    private record Line(char sign, String text, int before) {}

    /** The diff from one text to another; empty if they are equal. */
    static String of(String from, String to) {
        if (from.equals(to)) {
            return "";
        }
        List<Line> script = script(from.split("\n"), to.split("\n"));
        StringBuilder out = new StringBuilder("--- a\n+++ b\n");
        int passed = 0;
        int counted = 0;
        int at = 0;
        while (at < script.size()) {
            if (script.get(at).sign() == ' ') {
                at++;
                continue;
            }
            int start = Math.max(0, at - CONTEXT);
            int end = at;
            int quiet = 0;
            for (int i = at; i < script.size() && quiet <= 2 * CONTEXT; i++) {
                quiet = script.get(i).sign() == ' ' ? quiet + 1 : 0;
                end = script.get(i).sign() == ' ' ? end : i + 1;
            }
            int stop = Math.min(script.size(), end + CONTEXT);
            List<Line> changed = script.subList(at, end);
            counted += script.get(at).before() - 1 - passed;
            hunk(script.subList(start, stop), counted + 1 - (at - start), out);
            counted += (int) changed.stream().filter(line -> line.sign() == '+').count();
            passed = script.get(at).before() - 1
                    + (int) changed.stream().filter(line -> line.sign() != '+').count();
            at = stop;
        }
        return out.toString();
    }

    private static void hunk(List<Line> lines, int to, StringBuilder out) {
        long before = lines.stream().filter(l -> l.sign() != '+').count();
        long after = lines.stream().filter(l -> l.sign() != '-').count();
        out.append("@@ -").append(range(lines.get(0).before(), before))
                .append(" +").append(range(to, after))
                .append(" @@\n");
        lines.forEach(l -> out.append(l.sign()).append(l.text()).append('\n'));
    }

    private static String range(int line, long count) {
        return count > 1 ? line + "," + count : Integer.toString(line);
    }

    /** The shortest way from one to the other, by the longest common subsequence. */
    private static List<Line> script(String[] from, String[] to) {
        int head = 0;
        while (head < from.length && head < to.length && from[head].equals(to[head])) {
            head++;
        }
        int tail = 0;
        while (tail < from.length - head && tail < to.length - head
                && from[from.length - 1 - tail].equals(to[to.length - 1 - tail])) {
            tail++;
        }
        int rows = from.length - head - tail;
        int columns = to.length - head - tail;
        int[][] common = new int[rows + 1][columns + 1];
        for (int i = rows - 1; i >= 0; i--) {
            for (int j = columns - 1; j >= 0; j--) {
                common[i][j] = from[head + i].equals(to[head + j])
                        ? common[i + 1][j + 1] + 1
                        : Math.max(common[i + 1][j], common[i][j + 1]);
            }
        }
        List<Line> out = new ArrayList<>();
        for (int i = 0; i < head; i++) {
            out.add(new Line(' ', from[i], i + 1));
        }
        int i = 0;
        int j = 0;
        while (i < rows || j < columns) {
            if (i < rows && j < columns && from[head + i].equals(to[head + j])) {
                out.add(new Line(' ', from[head + i], head + i + 1));
                i++;
                j++;
            } else if (i < rows && (j == columns || common[i + 1][j] >= common[i][j + 1])) {
                out.add(new Line('-', from[head + i], head + i + 1));
                i++;
            } else {
                out.add(new Line('+', to[head + j], head + i + 1));
                j++;
            }
        }
        for (int k = 0; k < tail; k++) {
            int a = from.length - tail + k;
            out.add(new Line(' ', from[a], a + 1));
        }
        return out;
    }
}
