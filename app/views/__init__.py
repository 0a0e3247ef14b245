"""Views: what the model knows, as the JSON objects of the API. They read and change nothing."""
