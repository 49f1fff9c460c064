"""
The same LoRA step as test/helpers/modelBench.ts measures, in PyTorch on the same card: a Llama of the given shape, random weights,
PEFT's LoRA (r 8, all seven projections) or, where PEFT is missing, the same by hand; eager mode, TF32 off; and the same products.

    python3 lora.py '{"shape": {...}, "steps": [[sequences, tokens], ...], "products": [[M, K, N], ...]}'

Prints one JSON line, {"error": reason} where it cannot. Times are medians of ten of at least 10 ms each on a GPU, of three on a CPU.
"""
import json
import math
import sys
import time

TARGETS = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]
R, ALPHA, SHORTEST = 8, 16, 0.01


def main():
    asked = json.loads(sys.argv[1])
    try:
        import torch
        import transformers
    except ImportError as missing:
        print(json.dumps({"error": f"{missing} in {sys.executable}"}))
        return
    try:
        import peft
    except ImportError:
        peft = None
    torch.backends.cuda.matmul.allow_tf32 = False
    torch.backends.cudnn.allow_tf32 = False
    torch.set_float32_matmul_precision("highest")
    cuda = torch.cuda.is_available()
    device = "cuda" if cuda else "cpu"
    torch.manual_seed(0)

    def timed(run):
        def once(repeats):
            start = time.perf_counter()
            for _ in range(repeats):
                run()
            if cuda:
                torch.cuda.synchronize()
            return (time.perf_counter() - start) / repeats

        once(3 if cuda else 1)
        repeats = 1
        while cuda and repeats < 4096 and repeats * once(repeats) < SHORTEST:
            repeats *= 2
        seconds = sorted(once(repeats) for _ in range(10 if cuda else 3))
        half = len(seconds) // 2
        return seconds[half] if len(seconds) % 2 else (seconds[half - 1] + seconds[half]) / 2

    def step_of(dtype, attention, sequences, tokens):
        config = transformers.LlamaConfig(
            **{k: v for k, v in asked["shape"].items() if k != "model_type"}, attn_implementation=attention
        )
        model = transformers.LlamaForCausalLM(config).to(device=device, dtype=dtype)
        model = lora(torch, peft, model)
        model.train()
        trained = [p for p in model.parameters() if p.requires_grad]
        optimizer = torch.optim.AdamW(trained, lr=1e-4, weight_decay=0.0)
        ids = torch.randint(0, config.vocab_size, (sequences, tokens + 1), device=device)

        def step():
            logits = model(input_ids=ids[:, :-1], use_cache=False).logits
            loss = torch.nn.functional.cross_entropy(logits.flatten(0, 1).float(), ids[:, 1:].flatten())
            loss.backward()
            torch.nn.utils.clip_grad_norm_(trained, 1.0)
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)
            return loss.item()  # the loss of every step is read, as ours is

        first = step()
        if not math.isfinite(first):
            raise SystemExit(f"the loss is {first}")
        return timed(step)

    steps = []
    for sequences, tokens in asked["steps"]:
        for name, dtype in (("fp32", torch.float32), ("bf16", torch.bfloat16)):
            for attention in ("eager", "sdpa"):
                if not cuda and (name, attention) == ("bf16", "eager"):
                    continue  # slow on a CPU, and of no use there
                seconds = step_of(dtype, attention, sequences, tokens)
                steps.append({"sequences": sequences, "tokens": tokens, "type": name, "attention": attention, "seconds": seconds})
                print(f"torch: step of {sequences} x {tokens} {name} {attention}: {1e3 * seconds:.2f} ms", file=sys.stderr, flush=True)
    products = []
    for M, K, N in asked["products"]:
        for name, dtype in (("fp32", torch.float32), ("bf16", torch.bfloat16)):
            x = torch.randn(M, K, device=device, dtype=dtype)
            w = torch.randn(N, K, device=device, dtype=dtype)
            y = torch.empty(M, N, device=device, dtype=dtype)
            seconds = timed(lambda: torch.mm(x, w.T, out=y))
            products.append({"M": M, "K": K, "N": N, "type": name, "gflops": 2e-9 * M * K * N / seconds})
    print(
        json.dumps(
            {
                "torch": torch.__version__,
                "transformers": transformers.__version__,
                "peft": peft and peft.__version__,
                "lora": "PEFT" if peft else "by hand: PEFT is not there",
                "device": torch.cuda.get_device_name() if cuda else f"CPU, {torch.get_num_threads()} threads",
                "steps": steps,
                "products": products,
            }
        )
    )


def lora(torch, peft, model):
    if peft:
        return peft.get_peft_model(
            model, peft.LoraConfig(r=R, lora_alpha=ALPHA, target_modules=TARGETS, lora_dropout=0.0, task_type="CAUSAL_LM")
        )

    class Lora(torch.nn.Module):
        def __init__(self, base):
            super().__init__()
            self.base = base
            like = {"device": base.weight.device, "dtype": torch.float32}  # PEFT keeps adapters in float32
            self.a = torch.nn.Parameter(torch.randn(R, base.in_features, **like) / math.sqrt(base.in_features))
            self.b = torch.nn.Parameter(torch.zeros(base.out_features, R, **like))

        def forward(self, x):
            return self.base(x) + (x.to(self.a.dtype) @ self.a.T @ self.b.T * (ALPHA / R)).to(x.dtype)

    model.requires_grad_(False)
    for module in list(model.modules()):
        for name, child in list(module.named_children()):
            if name in TARGETS:
                setattr(module, name, Lora(child))
    return model


if __name__ == "__main__":
    main()
