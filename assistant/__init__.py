"""知图 (Zhitu): ask and map a learner's own deep-learning notes."""

__version__ = "0.1.0"
