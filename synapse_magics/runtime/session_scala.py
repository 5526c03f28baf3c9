"""Scala statements of an interactive session, in the JVM that its Python statements use.

They run in Spark's own interpreter, whose jars come with PySpark, on the same Spark session: temp
views are shared.
"""

from __future__ import annotations

import contextlib
import re
from typing import TYPE_CHECKING, Any

from synapse_magics.runtime.session_python import Outcome

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pyspark.sql import SparkSession

_PRELUDE = (
    "@transient val sc = spark.sparkContext",
    "@transient val sqlContext = spark.sqlContext",
    "import org.apache.spark.SparkContext._",
    "import spark.implicits._",
    "import spark.sql",
    "import org.apache.spark.sql.functions._",
)
"""What ``spark-shell`` begins with."""

# A line that goes on with the one before, although that could stand alone.
_GOES_ON = re.compile(r"\s*([.)\]},]|(else|catch|finally|yield|extends|with|match)\b)")
# An object beside a class of its name is its companion only if both are defined together.
_CLASS = re.compile(r"\s*((abstract|sealed|final|case)\s+)*(class|trait)\b")
_OBJECT = re.compile(r"\s*(case\s+)?object\b")


class ScalaStatements:
    """Run Scala in one interpreter.

    It is made before the Spark context, because tasks look for the classes that statements define
    in the class loader that the context was made with.

    Parameters
    ----------
    jvm
        Of py4j, without a Spark context yet.
    """

    def __init__(self, jvm: Any) -> None:
        self._jvm = jvm
        self._printed = jvm.java.io.StringWriter()
        self._interpreter = self._make()
        self._loader = self._interpreter.classLoader()
        self._use_loader()
        self._spark: SparkSession
        self._is_ready = False
        # The thread of the JVM that runs a statement, and how often it was interrupted.
        self._thread: Any = None
        self._interrupts = 0

    def _make(self) -> Any:
        jvm, compiler = self._jvm, self._jvm.scala.tools.nsc
        settings = compiler.Settings()
        getattr(settings.usejavacp(), "value_$eq")(True)
        options = self._list("-Yrepl-class-based", "-deprecation:false")
        settings.processArguments(options, True)
        # Of this thread, because Spark has put the jars of its configuration there.
        settings.embeddedDefaults(jvm.Thread.currentThread().getContextClassLoader())
        out = jvm.java.io.PrintWriter(self._printed, True)
        return compiler.interpreter.IMain(settings, out)

    def bind(self, spark: SparkSession) -> None:
        """Say which Spark session the statements use.

        Parameters
        ----------
        spark : pyspark.sql.SparkSession
        """
        self._spark = spark

    def run(self, code: str, label: str) -> Outcome:
        """Run the statements of a cell; the interpreter prints what they define and yield.

        Parameters
        ----------
        code : str
        label : str
            Of no use: the interpreter counts its own lines.

        Returns
        -------
        Outcome
        """
        del label
        self._interrupts = 0
        self._thread = self._jvm.Thread.currentThread()
        try:
            self._use_loader()
            self._get_ready()
            for part in self._parts(code):
                result, printed = self._interpret(part)
                if result != "Success":
                    return self._failure(result, printed)
                print(printed, end="", flush=True)  # noqa: T201 - text goes where prints go
        except Exception as error:  # noqa: BLE001 - the JVM is gone, or the interpreter broken
            return Outcome.of(error)
        finally:
            self._thread = None
            with contextlib.suppress(Exception):
                self._jvm.Thread.interrupted()  # one that came too late is not the next one's
        return Outcome()

    def interrupt(self) -> bool:
        """Interrupt the statement that runs.

        Returns
        -------
        bool
            Whether there is one.
        """
        thread = self._thread
        if thread is None:
            return False
        self._interrupts += 1
        with contextlib.suppress(Exception):  # Java 20 and later refuse to stop a thread
            if self._interrupts == 1:
                thread.interrupt()
            else:
                thread.stop()  # it computes, and does not look whether it is interrupted
        return True

    def _failure(self, result: str, printed: str) -> Outcome:
        if result == "Incomplete":
            printed = "error: the code is incomplete: something is still open at its end"
        text = printed.strip() or "error"
        if self._interrupts:
            return Outcome("KeyboardInterrupt", f"{text}\nKeyboardInterrupt\n", interrupted=True)
        return Outcome(text.splitlines()[0], f"{text}\n")

    def _parts(self, code: str) -> Iterator[str]:
        """Yield the parts of a cell that can be interpreted one after the other.

        As a whole, a cell would be one object to Spark, and what its lines define could not be
        used in a task of the same cell.
        """
        lines = code.splitlines()
        part: list[str] = []
        for number, line in enumerate(lines):
            part.append(line)
            following = next((item for item in lines[number + 1 :] if item.strip()), "")
            text = "\n".join(part)
            if _GOES_ON.match(following) or self._is_open(text):
                continue
            if _OBJECT.match(following) and any(_CLASS.match(item) for item in part):
                continue
            part = []
            if text.strip():
                yield text
        if part:
            yield "\n".join(part)

    def _is_open(self, text: str) -> bool:
        # What is wrong may become right with the next line; else the interpreter says it.
        parsed = self._interpreter.parse().apply(text).getClass().getSimpleName()
        return bool(parsed != "Success")

    def _interpret(self, code: str) -> tuple[str, str]:
        """Return the interpreter's word for how it went, and what the interpreter itself says."""
        self._printed.getBuffer().setLength(0)
        result = self._interpreter.interpret(code).toString()
        self._jvm.scala.Console.flush()
        self._jvm.System.out.flush()
        return result, self._printed.toString()

    def _get_ready(self) -> None:
        if self._is_ready:
            return
        session = self._spark._jsparkSession  # noqa: SLF001 - there is no other way
        kind = "org.apache.spark.sql.SparkSession"
        self._interpreter.bind("spark", kind, session, self._list("@transient"))
        for line in _PRELUDE:
            self._interpret(line)
        self._is_ready = True

    def _use_loader(self) -> None:
        # A thread's own; an interrupt of a Python statement may have brought another thread.
        self._jvm.Thread.currentThread().setContextClassLoader(self._loader)

    def _list(self, *items: str) -> Any:
        found = self._jvm.java.util.ArrayList()
        for item in items:
            found.add(item)
        converters = self._jvm.scala.collection.JavaConverters
        return converters.asScalaBufferConverter(found).asScala().toList()
