#!/bin/bash
# One machine, all its GPUs:  MODEL=HuggingFaceTB/SmolLM2-1.7B-Instruct bash examples/torchrun.sh
set -euo pipefail
cd "$(dirname "$0")/.."
model=${MODEL:?MODEL names a model of Hugging Face, or a folder with its files}
gpus=$(nvidia-smi --list-gpus | wc -l)
torchrun --standalone --nproc-per-node "$gpus" train.py --model "$model" --dtype bfloat16 --out "${OUT:-out}"
