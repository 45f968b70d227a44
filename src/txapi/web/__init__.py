"""The web 网络: the running instance and the doors through which it is asked."""
