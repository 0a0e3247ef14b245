"""Other tools' formats, as streams of lines. Opening files is the application's business."""
