// Sums of sixteen rows in a subgroup's lanes, four columns a lane, for the Shuffle variants of products, which stand before this and
// say WG (lanes, 4 or more).

// Sixteen rows of four columns, four rows to a matrix.
struct Rows { a: mat4x4<f32>, b: mat4x4<f32>, c: mat4x4<f32>, d: mat4x4<f32> }

// The lanes' rows: lane l has rows l, l + WG, … below 16.
fn rowOf(x: mat4x4<f32>, i: u32) -> vec4<f32> { return subgroupShuffle(x[i / WG], i % WG); }
fn fourRows(x: mat4x4<f32>, i: u32) -> mat4x4<f32> {
  var four: mat4x4<f32>;
  if (WG == 4u) { // one quad: its broadcasts cost SwiftShader less than shuffles
    let v = x[i / 4u];
    four = mat4x4(quadBroadcast(v, 0u), quadBroadcast(v, 1u), quadBroadcast(v, 2u), quadBroadcast(v, 3u));
  } else {
    four = mat4x4(rowOf(x, i), rowOf(x, i + 1u), rowOf(x, i + 2u), rowOf(x, i + 3u));
  }
  return four;
}

fn add(sum: Rows, c: mat4x4<f32>, x: mat4x4<f32>) -> Rows {
  return Rows(addRows(sum.a, c, fourRows(x, 0u)), addRows(sum.b, c, fourRows(x, 4u)),
              addRows(sum.c, c, fourRows(x, 8u)), addRows(sum.d, c, fourRows(x, 12u)));
}

// sum[i] += Σ_j c[j]·x[i][j] for four rows i, j in order
fn addRows(sum: mat4x4<f32>, c: mat4x4<f32>, x: mat4x4<f32>) -> mat4x4<f32> {
  return mat4x4(addRow(sum[0], c, x[0]), addRow(sum[1], c, x[1]), addRow(sum[2], c, x[2]), addRow(sum[3], c, x[3]));
}

fn addRow(sum: vec4<f32>, c: mat4x4<f32>, x: vec4<f32>) -> vec4<f32> {
  return fma(vec4(x.w), c[3], fma(vec4(x.z), c[2], fma(vec4(x.y), c[1], fma(vec4(x.x), c[0], sum))));
}

// Every row one place up, so that a loop can take the first: compilers of software adapters are slow where stores are many.
fn up(r: Rows) -> Rows {
  return Rows(mat4x4(r.a[1], r.a[2], r.a[3], r.b[0]), mat4x4(r.b[1], r.b[2], r.b[3], r.c[0]),
              mat4x4(r.c[1], r.c[2], r.c[3], r.d[0]), mat4x4(r.d[1], r.d[2], r.d[3], vec4(0.0)));
}
