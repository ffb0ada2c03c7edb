//! A month of traffic and money as a model, and its renderers.
