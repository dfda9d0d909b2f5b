package io.talospve.testkit.internal.talos;

import java.util.ArrayList;
import java.util.List;

/** A unified diff with three lines of context. */
final class UnifiedDiff {
    private static final int CONTEXT = 3;

    private UnifiedDiff() {}

    private record Line(char sign, String text, int before, int after) {}

    /** The diff from one text to another; empty if they are equal. */
    static String of(String from, String to) {
        if (from.equals(to)) {
            return "";
        }
        List<Line> script = script(from.split("\n"), to.split("\n"));
        StringBuilder out = new StringBuilder("--- a\n+++ b\n");
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
            hunk(script.subList(start, stop), out);
            at = stop;
        }
        return out.toString();
    }

    private static void hunk(List<Line> lines, StringBuilder out) {
        long before = lines.stream().filter(l -> l.sign() != '+').count();
        long after = lines.stream().filter(l -> l.sign() != '-').count();
        Line first = lines.get(0);
        out.append("@@ -").append(before == 0 ? first.before() - 1 : first.before()).append(',').append(before)
                .append(" +").append(after == 0 ? first.after() - 1 : first.after()).append(',').append(after)
                .append(" @@\n");
        lines.forEach(l -> out.append(l.sign()).append(l.text()).append('\n'));
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
            out.add(new Line(' ', from[i], i + 1, i + 1));
        }
        int i = 0;
        int j = 0;
        while (i < rows || j < columns) {
            if (i < rows && j < columns && from[head + i].equals(to[head + j])) {
                out.add(new Line(' ', from[head + i], head + i + 1, head + j + 1));
                i++;
                j++;
            } else if (i < rows && (j == columns || common[i + 1][j] >= common[i][j + 1])) {
                out.add(new Line('-', from[head + i], head + i + 1, head + j + 1));
                i++;
            } else {
                out.add(new Line('+', to[head + j], head + i + 1, head + j + 1));
                j++;
            }
        }
        for (int k = 0; k < tail; k++) {
            int a = from.length - tail + k;
            out.add(new Line(' ', from[a], a + 1, to.length - tail + k + 1));
        }
        return out;
    }
}
