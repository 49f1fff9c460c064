"""A run's state on disk, so that one that was ended goes on: the adapter, the optimiser's moments, what the cycle began with."""
import os

import torch
from accelerate.utils import broadcast_object_list
from torch.distributed.checkpoint.state_dict import (
    StateDictOptions,
    get_model_state_dict,
    get_optimizer_state_dict,
    set_model_state_dict,
    set_optimizer_state_dict,
)

FILE = "state.pt"


class Kept:
    """One file, whatever the model is sharded over: a run may go on with other processes than it began with."""

    def __init__(self, out, accelerator, model, optimizer, taught, told):
        self.path, self.accelerator, self.taught, self.told = out / FILE, accelerator, taught, told
        self.model, self.optimizer = model, getattr(optimizer, "optimizer", optimizer)

    def keep(self, done, rows):
        """The state after `done` updates. A crash leaves the old file or the new one."""
        options = StateDictOptions(full_state_dict=True, cpu_offload=True, ignore_frozen_params=True)
        state = {
            "told": self.told,
            "done": done,
            "rows": rows,
            "said": self.taught.said(),
            "adapter": get_model_state_dict(self.model, options=options),  # whole, on the main process
            "optimizer": get_optimizer_state_dict(self.model, self.optimizer, options=options),
        }
        if self.accelerator.is_main_process:
            part = self.path.with_suffix(".part")
            torch.save(state, part)
            os.replace(part, self.path)
        self.accelerator.wait_for_everyone()

    def restore(self):
        """Updates that are done, and their rows; (0, []) where there is no state."""
        main = self.accelerator.is_main_process
        # Written by this program: answers are objects of it, which a reader of mere tensors does not know.
        state = torch.load(self.path, weights_only=False, map_location="cpu") if main and self.path.exists() else None
        shared = [state and {key: state[key] for key in ("told", "done", "rows", "said")}]
        told = broadcast_object_list(shared, from_process=0)[0]
        if told is None:
            return 0, []
        if told["told"] != self.told:
            apart = [key for key in self.told if told["told"].get(key) != self.told[key]]
            raise SystemExit(f"{self.path} is of a run with another {', '.join(apart)}; take another --out, or --fresh")
        options = StateDictOptions(
            full_state_dict=True, broadcast_from_rank0=self.accelerator.num_processes > 1, strict=False
        )
        of = (lambda name: state[name] if main else {})
        set_model_state_dict(self.model, of("adapter"), options=options)
        set_optimizer_state_dict(self.model, self.optimizer, of("optimizer"), options=options)
        self.taught.take_up(told["said"])
        return told["done"], told["rows"]
