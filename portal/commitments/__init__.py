"""What is promised against what is done: each kind of commitment, pools of contracts, simulated penalties."""
