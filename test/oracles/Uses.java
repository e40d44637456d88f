import com.sun.source.tree.*;
import com.sun.source.util.*;
import java.io.IOException;
import java.nio.file.*;
import java.util.*;
import java.util.stream.*;
import javax.lang.model.element.Element;
import javax.tools.*;

/**
 * The uses that javac sees in a repository, as the JSON lines of {@code uses.ts}. Compiled against what the repository
 * contains and the JARs named in CLASSPATH; errors are passed over, so a use of what is missing is not listed.
 *
 * <p>usage: java Uses.java FOLDER
 */
class Uses {
  public static void main(String[] args) throws IOException {
    Path root = Path.of(args[0]).toRealPath();
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    List<Path> files;
    try (Stream<Path> all = Files.walk(root)) {
      files = all.filter(p -> p.toString().endsWith(".java") && !p.endsWith("module-info.java")
          && !p.endsWith("package-info.java")).toList();
    }
    StandardJavaFileManager manager = compiler.getStandardFileManager(null, null, null);
    JavacTask task = (JavacTask) compiler.getTask(null, manager, d -> {}, List.of("-proc:none", "-Xmaxerrs", "100000"),
        null, manager.getJavaFileObjectsFromPaths(files));
    List<CompilationUnitTree> units = new ArrayList<>();
    for (CompilationUnitTree unit : task.parse()) units.add(unit);
    task.analyze();
    Trees trees = Trees.instance(task);
    SourcePositions positions = trees.getSourcePositions();
    for (CompilationUnitTree unit : units) {
      String path = root.relativize(Path.of(unit.getSourceFile().toUri())).toString();
      LineMap lines = unit.getLineMap();
      String text = unit.getSourceFile().getCharContent(true).toString();
      new TreePathScanner<Void, Boolean>() {
        void use(Tree tree, String name, boolean called) {
          Element element = trees.getElement(getCurrentPath());
          TreePath to = element == null ? null : trees.getPath(element);
          if (to == null) return;
          Path target = root.relativize(Path.of(to.getCompilationUnit().getSourceFile().toUri()));
          long at = nameOf(to, element.getSimpleName().toString());
          long end = positions.getEndPosition(unit, tree);
          long line = lines.getLineNumber(Math.max(positions.getStartPosition(unit, tree), end - name.length()));
          long toLine = to.getCompilationUnit().getLineMap().getLineNumber(at);
          // What is written nowhere, as the constructor that an enumeration's constant calls.
          int from = (int) Math.max(positions.getStartPosition(unit, tree), positions.getEndPosition(unit, tree) - name.length());
          if (from < 0 || !text.startsWith(name, from)) return;
          if (name.equals("this") || name.equals("super")) return;
          if (target.toString().equals(path) && line == toLine) return;
          System.out.printf("{\"path\":\"%s\",\"line\":%d,\"name\":\"%s\",\"called\":%b,\"targets\":[{\"path\":\"%s\",\"line\":%d}]}%n",
              path, line, name, called, target, toLine);
        }
        /** Offset of a declaration's name: behind its modifiers. */
        long nameOf(TreePath declaration, String name) {
          CompilationUnitTree in = declaration.getCompilationUnit();
          long start = positions.getStartPosition(in, declaration.getLeaf());
          Tree leaf = declaration.getLeaf();
          ModifiersTree modifiers = leaf instanceof ClassTree c ? c.getModifiers()
              : leaf instanceof MethodTree m ? m.getModifiers() : leaf instanceof VariableTree v ? v.getModifiers() : null;
          long from = modifiers == null ? -1 : positions.getEndPosition(in, modifiers);
          return Math.max(start, from < 0 ? start : from + 1);
        }
        @Override public Void visitMethodInvocation(MethodInvocationTree tree, Boolean called) {
          scan(tree.getTypeArguments(), false);
          scan(tree.getMethodSelect(), true);
          return scan(tree.getArguments(), false);
        }
        @Override public Void visitNewClass(NewClassTree tree, Boolean called) {
          scan(tree.getEnclosingExpression(), false);
          scan(tree.getIdentifier(), true);
          scan(tree.getArguments(), false);
          return scan(tree.getClassBody(), false);
        }
        @Override public Void visitIdentifier(IdentifierTree tree, Boolean called) {
          use(tree, tree.getName().toString(), called == Boolean.TRUE);
          return super.visitIdentifier(tree, false);
        }
        @Override public Void visitMemberSelect(MemberSelectTree tree, Boolean called) {
          use(tree, tree.getIdentifier().toString(), called == Boolean.TRUE);
          return scan(tree.getExpression(), false);
        }
        @Override public Void visitMemberReference(MemberReferenceTree tree, Boolean called) {
          use(tree, tree.getName().toString(), false);
          return scan(tree.getQualifierExpression(), false);
        }
      }.scan(unit, false);
    }
  }
}
