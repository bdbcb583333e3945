"""Results of a backtest, for people: lines for a terminal, and one page that needs nothing but a browser.

Law of this package: it computes from a run and its results alone, and the same run gives the same page, byte by byte.
"""

from streams.backtest.report.comparison import tell_comparison
from streams.backtest.report.page import write_page
from streams.backtest.report.run import Run
from streams.backtest.report.text import tell

__all__ = ["Run", "tell", "tell_comparison", "write_page"]
