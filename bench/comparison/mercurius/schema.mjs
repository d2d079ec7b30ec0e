// The part of Aisle's schema that the measured operations use.
export const schema = `
  type Query {
    viewer(me: ID!): Employee
    region(id: ID!): Region
  }
  type Mutation {
    completeTask(id: ID!): CompleteTaskPayload
  }
  type CompleteTaskPayload { task: Task }
  type Employee { id: ID! displayName: String! role: String! store: Store }
  type Region { id: ID! name: String! stores(first: Int): StoreConnection! }
  type StoreConnection { edges: [StoreEdge!]! }
  type StoreEdge { node: Store! }
  type Address { city: String }
  type Store {
    id: ID!
    code: String!
    name: String!
    address: Address!
    timezone: String!
    region: Region
    unfinishedTaskCount: Int!
    overdueTaskCount: Int!
    tasks(first: Int, after: String): TaskConnection!
  }
  type TaskConnection { edges: [TaskEdge!]! pageInfo: PageInfo! }
  type TaskEdge { cursor: String! node: Task! }
  type PageInfo { hasNextPage: Boolean! endCursor: String }
  type Task {
    id: ID!
    title: String!
    status: String!
    priority: String!
    dueAt: String!
    isOverdue: Boolean!
    version: Int!
    completedAt: String
    assignee: Employee
    product: Product
    template: Template
    steps: [Step!]!
  }
  type Product { id: ID! sku: String! name: String! category: Category }
  type Category { id: ID! name: String! }
  type Template { id: ID! title: String! }
  type Step { id: ID! title: String! isDone: Boolean! }
`;
