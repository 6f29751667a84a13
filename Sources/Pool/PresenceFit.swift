internal import Glibc

/// The point at which a function of a few numbers is greatest, and how sharply.
struct PresenceFit {
  let model: PresenceModel
  /// The best point.
  let point: PresenceModel.Point
  /// How uncertain it is: the inverse of the curvature.
  let covariance: [[Double]]

  /// Climbs to the top by Newton's steps, shortened where they do not climb; nil where no top is found
  /// or the function is flat there.
  init?(_ model: PresenceModel, from start: PresenceModel.Point) {
    self.model = model
    var (point, value) = (start, model.likelihood(start))
    var damping = 1e-3
    var slopes = PresenceFit.slopes(model.likelihood, at: point, value)
    for _ in 0..<PresenceFit.mostSteps {
      var climbed = false
      for _ in 0..<12 {
        guard let step = PresenceFit.step(slopes, damping) else {
          damping *= 8
          continue
        }
        let next = zip(point, step).map { $0 + min(1.5, max(-1.5, $1)) }
        let reached = model.likelihood(next)
        guard reached.isFinite, reached >= value else {
          damping *= 8
          continue
        }
        let gain = reached - value
        (point, value) = (next, reached)
        damping = max(1e-9, damping / 10)
        climbed = gain > 1e-5
        break
      }
      slopes = PresenceFit.slopes(model.likelihood, at: point, value)
      if !climbed { break }
    }
    guard value.isFinite, let inverse = PresenceFit.inverse(slopes.second.map { $0.map { -$0 } })
    else { return nil }
    self.point = point
    covariance = inverse
  }

  private static let mostSteps = 40

  /// The variance of a function of the point that comes from the point's uncertainty.
  func variance(_ value: (PresenceModel.Point) -> Double) -> Double {
    let gradient = point.indices.map { place in
      var (up, down) = (point, point)
      up[place] += PresenceFit.reach
      down[place] -= PresenceFit.reach
      return (value(up) - value(down)) / (2 * PresenceFit.reach)
    }
    var sum = 0.0
    for (a, row) in zip(gradient, covariance) {
      for (b, entry) in zip(gradient, row) { sum += a * b * entry }
    }
    return max(0, sum)
  }

  private static let reach = 2e-3

  /// First and second derivatives by differences.
  private static func slopes(
    _ value: (PresenceModel.Point) -> Double, at point: [Double], _ center: Double
  ) -> (first: [Double], second: [[Double]]) {
    let count = point.count
    var first = [Double](repeating: 0, count: count)
    var second = [[Double]](repeating: first, count: count)
    var (ups, downs) = (first, first)
    func moved(_ a: Int, _ b: Int?, by step: Double) -> Double {
      var place = point
      place[a] += step
      if let b { place[b] += step }
      return value(place)
    }
    for a in 0..<count {
      (ups[a], downs[a]) = (moved(a, nil, by: reach), moved(a, nil, by: -reach))
      first[a] = (ups[a] - downs[a]) / (2 * reach)
      second[a][a] = (ups[a] - 2 * center + downs[a]) / (reach * reach)
    }
    for a in 0..<count {
      for b in 0..<a {
        let both = moved(a, b, by: reach) + moved(a, b, by: -reach)
        let mixed =
          (both - ups[a] - downs[a] - ups[b] - downs[b] + 2 * center) / (2 * reach * reach)
        (second[a][b], second[b][a]) = (mixed, mixed)
      }
    }
    return (first, second)
  }

  private static func step(
    _ slopes: (first: [Double], second: [[Double]]), _ damping: Double
  ) -> [Double]? {
    var matrix = slopes.second.map { $0.map { -$0 } }
    for place in matrix.indices {
      matrix[place][place] += damping * (1 + abs(matrix[place][place]))
    }
    guard let inverse = inverse(matrix) else { return nil }
    return inverse.map { row in zip(row, slopes.first).reduce(0) { $0 + $1.0 * $1.1 } }
  }

  /// The inverse of a symmetric matrix (Cholesky); nil where it is not positive definite.
  private static func inverse(_ matrix: [[Double]]) -> [[Double]]? {
    let count = matrix.count
    var lower = [[Double]](repeating: Array(repeating: 0, count: count), count: count)
    for row in 0..<count {
      for column in 0...row {
        var sum = matrix[row][column]
        for inner in 0..<column { sum -= lower[row][inner] * lower[column][inner] }
        if row == column {
          guard sum > 1e-9, sum.isFinite else { return nil }
          lower[row][row] = sum.squareRoot()
        } else {
          lower[row][column] = sum / lower[column][column]
        }
      }
    }
    return (0..<count).map { place in
      var solved = [Double](repeating: 0, count: count)
      for row in 0..<count {
        var sum = row == place ? 1.0 : 0
        for inner in 0..<row { sum -= lower[row][inner] * solved[inner] }
        solved[row] = sum / lower[row][row]
      }
      for row in stride(from: count - 1, through: 0, by: -1) {
        var sum = solved[row]
        for inner in row..<count where inner > row { sum -= lower[inner][row] * solved[inner] }
        solved[row] = sum / lower[row][row]
      }
      return solved
    }
  }
}
