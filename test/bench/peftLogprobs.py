"""Log-probabilities by Transformers and PEFT in float32: JSON lines {"model", "gguf", "adapter", "sequences"} in, one of lists of lists out each."""
import json
import sys

import peft
import torch
import transformers
from peft import PeftModel
from transformers import AutoModelForCausalLM

torch.set_num_threads(1)
transformers.logging.set_verbosity_error()
print(json.dumps({"peft": peft.__version__, "transformers": transformers.__version__, "torch": torch.__version__}), flush=True)
for line in sys.stdin:
    ask = json.loads(line)
    from_gguf = {"gguf_file": ask["gguf"]} if ask["gguf"] else {}
    model = AutoModelForCausalLM.from_pretrained(ask["model"], dtype=torch.float32, attn_implementation="eager", **from_gguf)
    model = PeftModel.from_pretrained(model, ask["adapter"]).eval()
    out = []
    with torch.no_grad():
        for ids in ask["sequences"]:
            ids = torch.tensor([ids])
            logprobs = model(ids).logits[0, :-1].log_softmax(-1)
            out.append(logprobs.gather(1, ids[0, 1:, None])[:, 0].tolist())
    print(json.dumps(out), flush=True)
