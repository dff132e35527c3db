"""Members and savings from a spreadsheet: read, look at every row, post all of it, or undo all.

``packing`` measures a file before it is opened, ``sheets`` has it read by ``workbook``, which is a
process of its own, and ``headings`` finds the table in it. ``people`` and ``savings`` check its
rows against ``facts``, ``kept`` keeps and shows them, ``batches`` writes them and takes them back.
"""
