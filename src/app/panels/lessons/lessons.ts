/**
 * Lessons: steps of one sentence, one prediction and what really came out. A step whose recording is not among the site's, or
 * whose arm the experiment lacks, is left out.
 */
import { gapLesson } from "./gapLesson.ts";
import type { Lesson } from "./lesson.ts";
import { reasoningLesson } from "./reasoningLesson.ts";
import { ownRewardLesson } from "./rewardLesson.ts";

export const LESSONS: readonly Lesson[] = [gapLesson, reasoningLesson, ownRewardLesson];
