"""Long work: what a job is, and a use case for each kind of job."""
