import Simulator

SimulatorCommand.main()
