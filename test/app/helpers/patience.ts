/** A busy machine renders slowly: waiting longer costs nothing where what is waited for comes. */
import { configure } from "@testing-library/react";

configure({ asyncUtilTimeout: 15_000 });
