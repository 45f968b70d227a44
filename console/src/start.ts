import { begin } from "./first";

begin(new URL(location.href));
void import("./main");
