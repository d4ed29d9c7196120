"""Parts of the page Homework: the steps of a question, what to try, the reader's words, the file to hand in."""
