"""The processes of the cloud: what each one does until it is told to end."""
